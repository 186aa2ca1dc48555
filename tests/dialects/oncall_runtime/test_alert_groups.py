"""Alert groups: what is shown, how they are found, and each cell of the transition table with its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import services
from alerts.lifecycle import Door
from alerts.models import Alert, Event, Integration, LogEntry, Route, Source
from oncall.models import User
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall.conftest import Api, envelope
from tests.dialects.oncall_runtime.conftest import Monitor, group_id

At = Callable[[], None]
CallAs = Callable[[User], Api]


@pytest.fixture
def alert(world: World) -> Alert:
    return world.fire(builders.integration(to=world.chain(world.alice, m(5), world.bob)))


def act(api: Api, alert: Alert, verb: str, body: Any = None) -> Any:
    return api("POST", f"alert_groups/{group_id(alert)}/{verb}", body)


def state(api: Api, alert: Alert) -> str:
    return str(api.get(f"alert_groups/{group_id(alert)}")["state"])


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_an_alert_group_is_answered_in_full(world: World, editor: Api, at: At) -> None:
    team = builders.team("web")
    door = builders.integration(to=world.chain(world.alice), team=team)
    alert = world.fire(door, message="87 %")
    world.now += timedelta(seconds=90, microseconds=250)
    at()
    assert act(editor, alert, "acknowledge").status == 200
    event, route = Event.objects.get(), Route.objects.get()
    assert editor.get(f"alert_groups/{group_id(alert)}") == {
        "id": f"I{alert.public_id}",
        "integration_id": f"C{door.public_id}",
        "team_id": f"T{team.public_id}",
        "route_id": f"R{route.public_id}",
        "alerts_count": 1,
        "state": "acknowledged",
        "created_at": "2030-01-07T09:00:00.000000Z",
        "resolved_at": None,
        "resolved_by": None,
        "acknowledged_at": "2030-01-07T09:01:30.000250Z",
        "acknowledged_by": f"U{world.bob.public_id}",
        "labels": [],
        "title": "Disk is full",
        "permalinks": {
            "slack": None,
            "slack_app": None,
            "telegram": None,
            "web": f"https://tocsin.example.org/admin/alerts/alert/{alert.pk}/change/",
        },
        "silenced_at": None,
        "last_alert": {
            "id": f"A{event.public_id}",
            "alert_group_id": f"I{alert.public_id}",
            "created_at": "2030-01-07T09:00:00.000000Z",
            "payload": {"alert_uid": "disk-1", "title": "Disk is full", "state": "alerting", "message": "87 %"},
        },
    }


def test_the_last_alert_is_the_newest_event(world: World, editor: Api, alert: Alert) -> None:
    world.now += m(1)
    world.fire(alert.integration, message="second")
    shown = editor.get("alert_groups")["results"][0]
    assert (shown["alerts_count"], shown["last_alert"]["payload"]["message"]) == (2, "second")
    assert shown["last_alert"]["created_at"] == stamp(world.now)


def test_an_alert_without_an_event_has_no_last_alert(world: World, editor: Api) -> None:
    made, _ = services.create_alert(
        title="Come", destinations=[f"usr_{world.bob.public_id}"], by=world.alice, source=Source.CONSOLE, now=world.now
    )
    shown = editor.get(f"alert_groups/{group_id(made)}")
    assert (shown["last_alert"], shown["route_id"]) == (None, None)


def test_the_list_is_newest_first_and_pages_by_fifty(world: World, editor: Api) -> None:
    assert editor.get("alert_groups") == envelope()
    door = builders.integration()
    made = []
    for number in range(3):
        made.append(group_id(world.fire(door, alert_uid=str(number))))
        world.now += m(1)
    listed = editor.get("alert_groups")
    assert ([each["id"] for each in listed["results"]], listed["page_size"]) == (made[::-1], 50)


def test_a_group_outlives_its_integration_and_its_route(world: World, editor: Api, alert: Alert) -> None:
    route = services.create_route(alert.integration, {"expression": "x"})
    Alert.objects.update(route=route)
    services.delete_route(route)
    services.delete_integration(alert.integration, now=world.now)
    assert editor.get("alert_groups")["results"][0]["route_id"] is None


@pytest.fixture
def many(world: World) -> dict[str, Alert]:
    """One alert in each state, a minute apart, each of an integration of its own."""
    made = {}
    for number, word in enumerate(["new", "acknowledged", "silenced", "resolved"]):
        world.now = world.start + m(number)
        team = builders.team(f"team-{word}") if number else None
        door = builders.integration(name=word, team=team)
        made[word] = world.fire(door, title=word)
    world.act("acknowledge", made["acknowledged"])
    world.act("silence", made["silenced"], until=None)
    world.act("resolve", made["resolved"])
    return made


def found(api: Api, query: str) -> list[str]:
    return [each["title"] for each in api.get(f"alert_groups?{query}")["results"]]


@pytest.mark.parametrize("word", ["new", "acknowledged", "silenced", "resolved"])
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_groups_are_found_by_state(
    editor: Api, many: dict[str, Alert], word: str, spelling: Callable[[str], str]
) -> None:
    assert found(editor, f"state={spelling(word)}") == [word]


@pytest.mark.parametrize("word", ["firing", "open", "dropped", "x"])
def test_an_unknown_state_is_refused_with_its_own_shape(editor: Api, word: str) -> None:
    text = "Must be one of the following: new, acknowledged, resolved, silenced"
    assert editor.refused("GET", f"alert_groups?state={word}") == {"state": text}


@pytest.mark.parametrize("status", ["routable", "open", "dropped", "suppressed", "aggregating"])
def test_every_status_that_reads_firing_is_found_as_new(editor: Api, alert: Alert, status: str) -> None:
    Alert.objects.filter(pk=alert.pk).update(status=status)
    assert len(found(editor, "state=new")) == 1
    assert state(editor, alert) == "firing"


def test_groups_are_found_by_what_they_belong_to(editor: Api, many: dict[str, Alert]) -> None:
    one = many["silenced"]
    assert one.route is not None
    assert one.team is not None
    assert found(editor, f"id={group_id(one)}") == ["silenced"]
    assert found(editor, f"integration_id=C{one.integration.public_id}") == ["silenced"]
    assert found(editor, f"route_id=R{one.route.public_id}") == ["silenced"]
    assert found(editor, f"team_id=T{one.team.public_id}") == ["silenced"]
    assert found(editor, "team_id=null") == ["new"]
    assert found(editor, f"id={group_id(one)}&state=new") == []


@pytest.mark.parametrize(
    "query", ["id=IX", "id=x", "route_id=RX", "integration_id=CX", "label=a:b", "label=a&label=a:b"]
)
def test_what_nothing_has_finds_nothing(editor: Api, many: dict[str, Alert], query: str) -> None:
    assert found(editor, query) == []


@pytest.mark.parametrize("query", ["", "id=", "state=", "label=a", "label=a:b:c", "name=anything", "started_at="])
def test_what_is_no_filter_finds_everything(editor: Api, many: dict[str, Alert], query: str) -> None:
    assert len(found(editor, query)) == 4


@pytest.mark.parametrize(
    ("span", "titles"),
    [
        ("2030-01-07T09:01:00_2030-01-07T09:02:00", ["silenced", "acknowledged"]),
        ("2030-01-07T09:00:01_2030-01-07T09:00:59", []),
        ("2030-01-07T09:03:00_2031-01-01T00:00:00", ["resolved"]),
    ],
)
def test_groups_are_found_by_their_start_ends_included(
    editor: Api, many: dict[str, Alert], span: str, titles: list[str]
) -> None:
    assert found(editor, f"started_at={span}") == titles


@pytest.mark.parametrize(
    "span", ["x", "2030-01-07T09:00:00", "2030-01-07_2030-01-08", "a_b", "_", "2030-01-07T09:00:00Z_x"]
)
def test_a_span_that_cannot_be_read_is_refused(editor: Api, span: str) -> None:
    assert editor.refused("GET", f"alert_groups?started_at={span}") == {"detail": "Invalid range value"}


# Each cell: the statuses of decisions.md down, the verbs across; "" is 200, else the words after "Can't <verb> ".
TABLE = {
    "routable": {
        "acknowledge": "a routable",
        "unacknowledge": "an unacknowledged",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "a routable",
        "unsilence": "an unsilenced",
    },
    "open": {
        "acknowledge": "",
        "unacknowledge": "an unacknowledged",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "",
        "unsilence": "an unsilenced",
    },
    "silenced": {
        "acknowledge": "",
        "unacknowledge": "an unacknowledged",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "",
        "unsilence": "",
    },
    "acknowledged": {
        "acknowledge": "an acknowledged",
        "unacknowledge": "",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "an acknowledged",
        "unsilence": "an unsilenced",
    },
    "dropped": {
        "acknowledge": "",
        "unacknowledge": "an unacknowledged",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "",
        "unsilence": "an unsilenced",
    },
    "suppressed": {
        "acknowledge": "",
        "unacknowledge": "an unacknowledged",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "a suppressed",
        "unsilence": "an unsilenced",
    },
    "aggregating": {
        "acknowledge": "an attached",
        "unacknowledge": "an unacknowledged",
        "resolve": "",
        "unresolve": "an unresolved",
        "silence": "an attached",
        "unsilence": "an unsilenced",
    },
    "resolved": {
        "acknowledge": "a resolved",
        "unacknowledge": "an unacknowledged",
        "resolve": "a resolved",
        "unresolve": "",
        "silence": "a resolved",
        "unsilence": "an unsilenced",
    },
    "archived": {
        "acknowledge": "a resolved",
        "unacknowledge": "an unacknowledged",
        "resolve": "a resolved",
        "unresolve": "an archived",
        "silence": "a resolved",
        "unsilence": "an unsilenced",
    },
}
AFTER = {
    "acknowledge": "acknowledged",
    "unacknowledge": "firing",
    "resolve": "resolved",
    "unresolve": "firing",
    "silence": "silenced",
    "unsilence": "firing",
}
CELLS = [(status, verb, words) for status, row in TABLE.items() for verb, words in row.items()]


def test_the_table_has_a_row_for_every_status() -> None:
    assert set(TABLE) == set(Alert.Status)


@pytest.mark.parametrize(("status", "verb", "words"), CELLS)
def test_each_cell_of_the_transition_table(editor: Api, alert: Alert, status: str, verb: str, words: str) -> None:
    Alert.objects.filter(pk=alert.pk).update(status=status, open_key=None)
    before, lines = state(editor, alert), LogEntry.objects.count()
    answer = act(editor, alert, verb, {"delay": 60} if verb == "silence" else None)
    if words:
        assert (answer.status, answer.body) == (400, {"detail": f"Can't {verb} {words} alert group"})
        assert (state(editor, alert), LogEntry.objects.count()) == (before, lines)
    else:
        assert (answer.status, answer.body) == (200, None)
        assert state(editor, alert) == AFTER[verb]


@pytest.mark.parametrize(
    ("verb", "words"),
    [("acknowledge", "an acknowledged"), ("unacknowledge", "a resolved"), ("silence", "a resolved")],
)
def test_resolving_keeps_the_mark_of_the_acknowledgement(
    world: World, editor: Api, alert: Alert, verb: str, words: str
) -> None:
    act(editor, alert, "acknowledge")
    act(editor, alert, "resolve")
    shown = editor.get(f"alert_groups/{group_id(alert)}")
    assert shown["acknowledged_by"] == shown["resolved_by"] == f"U{world.bob.public_id}"
    assert act(editor, alert, verb, {"delay": 1}).body == {"detail": f"Can't {verb} {words} alert group"}


def test_a_change_is_logged_with_its_door_and_its_author(world: World, editor: Api, alert: Alert, at: At) -> None:
    world.now += m(3)
    at()
    act(editor, alert, "acknowledge")
    line = LogEntry.objects.get(kind="acknowledged")
    assert (line.at, line.actor, line.source) == (world.now, world.bob, Source.ONCALL_API)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "delay is required"),
        ({}, "delay is required"),
        ([], "delay is required"),
        ({"delay": None}, "delay is required"),
        ({"delay": "soon"}, "invalid delay value"),
        ({"delay": 1.5}, "invalid delay value"),
        ({"delay": True}, "invalid delay value"),
        ({"delay": ""}, "invalid delay value"),
        ({"delay": [60]}, "invalid delay value"),
        ({"delay": -2}, "invalid delay value"),
        ({"delay": 10**18}, "invalid delay value"),
        ({"delay": "9" * 5000}, "invalid delay value"),
    ],
)
def test_a_silence_needs_a_delay_before_anything_else(editor: Api, alert: Alert, body: Any, text: str) -> None:
    assert act(editor, alert, "silence", body).body == {"detail": text}
    act(editor, alert, "resolve")
    assert act(editor, alert, "silence", body).body == {"detail": text}


@pytest.mark.parametrize(("delay", "minutes"), [(1800, 30), ("60", 1), (0, None), (-1, None), ("-1", None)])
def test_a_silence_lasts_for_its_delay_or_for_good(
    world: World, editor: Api, alert: Alert, at: At, delay: Any, minutes: int | None
) -> None:
    at()
    assert act(editor, alert, "silence", {"delay": delay}).status == 200
    alert.refresh_from_db()
    assert alert.silenced_until == (world.now + m(minutes) if minutes else None)
    assert editor.get(f"alert_groups/{group_id(alert)}")["silenced_at"] == stamp(world.now)


def test_s2_nobody_is_asked_after_an_acknowledgement(world: World, editor: Api, alert: Alert, at: At) -> None:
    world.pass_time(m(1))
    at()
    act(editor, alert, "acknowledge")
    world.pass_time(m(60))
    assert world.asked == [(m(0), "alice")]


def test_s4_a_timed_silence_ends_by_itself_and_the_chain_begins_anew(
    world: World, editor: Api, alert: Alert, at: At
) -> None:
    world.pass_time(m(1))
    at()
    act(editor, alert, "silence", {"delay": 1800})
    world.pass_time(m(40))
    grace = timedelta(seconds=10)
    assert world.asked == [(m(0), "alice"), (m(31) + grace, "alice"), (m(36) + grace, "bob")]


def test_s5_a_silence_for_good_ends_only_by_hand(world: World, editor: Api, alert: Alert, at: At) -> None:
    world.pass_time(m(1))
    at()
    act(editor, alert, "silence", {"delay": -1})
    world.pass_time(m(600))
    assert world.asked == [(m(0), "alice")]
    at()
    act(editor, alert, "unsilence")
    world.pass_time(m(1))
    assert world.asked[1:] == [(m(601) + timedelta(seconds=10), "alice")]


def test_s11_the_life_of_an_alertmanager_group(world: World, editor: Api, at: At) -> None:
    monitor = Monitor(builders.integration("alertmanager", to=world.chain(world.alice)), editor.client)

    def post(status: str, begins: datetime) -> str:
        at()
        ends = stamp(world.now) if status == "resolved" else "0001-01-01T00:00:00Z"
        member = {"status": status, "labels": {"alertname": "Disk"}, "startsAt": stamp(begins), "endsAt": ends}
        body = {"groupKey": "{}:{}", "groupLabels": {"alertname": "Disk"}, "status": status, "alerts": [member]}
        return str(monitor(body).headers["X-Tocsin-Alert-Id"])

    def shown(id: str) -> tuple[int, str, Any]:
        group = editor.get(f"alert_groups/{id}")
        return group["alerts_count"], group["state"], group["resolved_by"]

    first = post("firing", world.start)
    world.pass_time(m(5))
    assert post("firing", world.start) == first
    assert shown(first) == (2, "firing", None)
    world.pass_time(m(5))
    assert post("resolved", world.start) == first
    assert shown(first) == (3, "resolved", None)
    world.pass_time(timedelta(seconds=10))
    assert post("resolved", world.start) == first
    assert shown(first) == (4, "resolved", None)
    world.pass_time(m(5))
    second = post("firing", world.now)
    assert second != first
    world.settle()
    assert world.asked == [(m(0), "alice"), (m(15) + timedelta(seconds=10), "alice")]


def test_a_route_that_leads_nowhere_changed_nothing_for_the_resolve(world: World, editor: Api, at: At) -> None:
    door = builders.integration("alertmanager")
    services.create_route(door, {"expression": '"status": "resolved"'})
    monitor = Monitor(door, editor.client)
    body = {"groupKey": "k", "status": "firing", "alerts": []}
    first = monitor(body).headers["X-Tocsin-Alert-Id"]
    assert monitor(body | {"status": "resolved"}).headers["X-Tocsin-Alert-Id"] == first
    assert editor.get(f"alert_groups/{first}")["state"] == "resolved"


@pytest.mark.parametrize("verb", list(AFTER))
def test_a_viewer_looks_and_does_not_touch(world: World, call_as: CallAs, alert: Alert, verb: str) -> None:
    viewer = call_as(builders.person("vera", role="viewer"))
    assert state(viewer, alert) == "firing"
    answer = act(viewer, alert, verb, {"delay": 1})
    assert (answer.status, answer.body) == (403, {"detail": "You do not have permission to perform this action."})


@pytest.mark.parametrize("verb", ["", *AFTER])
def test_without_a_key_there_is_nothing(editor: Api, alert: Alert, verb: str) -> None:
    answer = act(Api("", editor.client), alert, verb)
    assert (answer.status, answer.body) == (403, {"detail": "Invalid token."})


@pytest.mark.parametrize("verb", ["", *(f"/{each}" for each in AFTER)])
@pytest.mark.parametrize("id", ["IX", "EAAAAAAAAAAAA", "1", "I" + "A" * 12])
def test_an_unknown_id_is_not_found(editor: Api, id: str, verb: str) -> None:
    answer = editor("POST" if verb else "GET", f"alert_groups/{id}{verb}", {"delay": 1})
    assert (answer.status, answer.body) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_collection_cannot_be_written(editor: Api, method: str) -> None:
    answer = editor(method, "alert_groups/", {})
    assert (answer.status, answer.body) == (405, {"detail": f'Method "{method}" not allowed.'})


@pytest.mark.parametrize(
    ("method", "verb"),
    [("PUT", ""), ("PATCH", ""), ("GET", "/acknowledge"), ("PUT", "/resolve"), ("DELETE", "/silence")],
)
def test_a_group_is_changed_by_verbs_alone(editor: Api, alert: Alert, method: str, verb: str) -> None:
    answer = editor(method, f"alert_groups/{group_id(alert)}{verb}", {})
    assert (answer.status, answer.body) == (405, {"detail": f'Method "{method}" not allowed.'})


@pytest.mark.parametrize("path", ["alert_groups/{}/acknowledge/", "alert_groups/{}/acknowledge"])
def test_both_slash_forms_act(editor: Api, alert: Alert, path: str) -> None:
    assert editor("POST", path.format(group_id(alert))).status == 200


def test_of_two_who_read_it_firing_the_slower_hears_what_it_is_now(
    world: World, editor: Api, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = services.acknowledge

    def resolved_meanwhile(row: Alert, **more: Any) -> bool:
        services.resolve(Alert.objects.get(pk=row.pk), by=None, source=Source.MONITOR, now=world.now, door=Door.MONITOR)
        return slow(row, **more)

    monkeypatch.setattr(services, "acknowledge", resolved_meanwhile)
    assert act(editor, alert, "acknowledge").body == {"detail": "Can't acknowledge a resolved alert group"}
    assert state(editor, alert) == "resolved"


LIST_QUERIES = 5  # the key, the count, the page, its newest events, its labels


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_costs_the_same_however_long_it_is(world: World, editor: Api, count: int) -> None:
    doors: list[Integration] = [
        builders.integration(name=f"{number}", team=builders.team(f"team-{number}")) for number in range(count)
    ]
    for door in doors:
        world.act("resolve", world.fire(door))
    with CaptureQueriesContext(connection) as queries:
        assert len(editor.get("alert_groups")["results"]) == count
    assert len(queries) == LIST_QUERIES
