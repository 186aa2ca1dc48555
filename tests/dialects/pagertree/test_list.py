"""The list of alerts: pages, conditions, order and selection."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from alerts.models import Alert
from oncall.models import Organization
from tests import builders
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import KEYS, T0, Api


def test_an_empty_list_has_exactly_the_envelope(alice: Api) -> None:
    assert alice.get("/alert") == {"data": [], "has_more": False, "total_count": 0}


def test_the_newest_alert_comes_first_and_is_the_same_object_as_alone(alice: Api, ops: str, world: World) -> None:
    made = []
    for _ in range(3):
        made.append(alice.create(ops))
        world.now += m(1)
    listed = alice.get("/alert")
    assert listed == {"data": made[::-1], "has_more": False, "total_count": 3}


def test_pages_by_offset_and_by_number(alice: Api, ops: str) -> None:
    ids = [alice.create(ops)["id"] for _ in range(12)][::-1]
    for query, shown, more in [
        ("", ids[:10], True),
        ("limit=5", ids[:5], True),
        ("limit=5&offset=7", ids[7:], False),
        ("limit=5&page=1", ids[:5], True),
        ("limit=5&page=2", ids[5:10], True),
        ("limit=5&page=3", ids[10:], False),
        ("limit=5&page=2&offset=11", ids[5:10], True),
        ("limit=101", ids, False),
        ("limit=12", ids, False),
        ("offset=12", [], False),
        ("offset=999999999999999", [], False),
        ("page=999999999999999", [], False),
    ]:
        body = alice.get(f"/alert?{query}")
        assert [row["id"] for row in body["data"]] == shown, query
        assert (body["has_more"], body["total_count"]) == (more, 12), query


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=ten", "limit=1.5", "limit=", "limit=%D9%A3", "limit=9999999999999999999999",
        "offset=-1", "offset=x", "page=0", "page=x", "nothing=1", "additional_data=1", "handoffs=1", "meta=1",
        "meta.=1",
        "meta..a=1", 'meta.a"b=1', "meta.a%5Cb=1", "title.x=1", "tags.0=a", "format=json", "expand=1",
        "ops=status:eq&status=open", "ops=status:ne", "ops=nothing:ne&nothing=1", "ops=status&status=open",
        "ops=tags:lt&tags=a", "ops=tags:beginsWith&tags=a", "ops=created:contains&created=1",
        "ops=created:beginsWith&created=1", "ops=response_requested:gt&response_requested=true",
        "created=yesterday", "created=1e5", "tinyId=x", "tinyId=NaN", "createdAt=soon", "updatedAt=1",
        "response_requested=yes", "ops=created:between&created=1", "ops=created:between&created=1..x",
        "ops=title:between&title=a", "ops=created:lt&created=", "title=a%00b",
        "ops=created:gt,created:lt&created=1&created=2&created=3",
        "sort=nothing", "sort=meta", "sort=-tags", "sort=title&sortdirection=UP", "select=nothing", "select=id,meta.a",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_a_400_and_never_ignored(query: str, alice: Api) -> None:
    assert len(alice.refused(400, "GET", f"/alert?{query}")) == 1


@pytest.fixture
def three(alice: Api, bob: Api, ops: str, world: World) -> dict[str, str]:
    """Three alerts a minute apart: a resolved one, an acknowledged one of Bob's, and a monitor's open one."""
    first = alice.create(
        ops,
        title="Alpha disk",
        tags=["Prod", "disk"],
        urgency="low",
        description="",
        meta={"incident": True, "incident_severity": "SEV-1", "n": 5, "x": {"y": "Zed"}, "none": None, "1": "one"},
        thirdparty_id="abc-1",
    )
    world.now += m(1)
    second = bob.create(
        bob.id, ops, title="beta CPU", tags=["prod"], urgency="high", description="50% of all", parent_id=first["id"],
        meta={"incident": False, "n": 10, "x": {"y": "alpha"}}, response_requested=True, responses=["Yes"],
    )  # fmt: skip
    world.now += m(1)
    door = builders.integration(to=world.chain(world.carol))
    world.fire(door, title="Gamma")
    third = alice.get("/alert")["data"][0]
    alice.act("acknowledge", first)
    alice.act("resolve", first)
    bob.act("acknowledge", second)
    return {"A": first["id"], "B": second["id"], "C": third["id"], third["id"]: f"int_{door.public_id}"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("status=open", "C"),
        ("status=resolved", "A"),
        ("status=nothing", ""),
        ("status=open&ops=status:ne", "BA"),
        ("status=res&ops=status:beginsWith", "A"),
        ("status=OPE&ops=status:contains", "C"),
        ("status=b&ops=status:lt", "B"),
        ("title=Alpha disk", "A"),
        ("title=alpha disk", ""),
        ("title=alpha&ops=title:beginsWith", "A"),
        ("title=cpu&ops=title:contains", "B"),
        ("title=disk&ops=title:beginsWith", ""),
        ("title=a..b&ops=title:between", ""),
        ("title=Alpha..Beta&ops=title:between", "A"),
        ("title=Alpha disk&ops=title:ne", "CB"),
        ("description=", "CA"),
        ("description=&ops=description:ne", "B"),
        ("description=50% of all&ops=description:ne", "CA"),
        ("description=%25&ops=description:contains", "B"),
        ("description=_&ops=description:contains", ""),
        ("urgency=low", "A"),
        ("urgency=low&ops=urgency:ne", "CB"),
        ("type=alert", "CBA"),
        ("type=event", ""),
        ("type=alert&ops=type:ne", ""),
        ("subtype=alert", "CBA"),
        ("thirdparty_id=abc-1", "A"),
        ("thirdparty_id=", "B"),
        ("thirdparty_id=abc-1&ops=thirdparty_id:ne", "CB"),
        ("thirdparty_id=ABC&ops=thirdparty_id:beginsWith", "A"),
        ("livecall=", "CBA"),
        ("livecall=QU&ops=livecall:ne", "CBA"),
        ("s_log_id=&ops=s_log_id:ne", "C"),
        ("tags=prod", "B"),
        ("tags=disk", "A"),
        ("tags=di", ""),
        ("tags=prod&ops=tags:ne", "CA"),
        ("tags=PROD&ops=tags:contains", "BA"),
        ("tags=", "C"),
        ("tags=Prod&tags=disk", "A"),
        ("tags=Prod&tags=prod", ""),
        ("responses=Yes", "B"),
        ("stakeholder_ids=", "CBA"),
        ("response_requested=true", "B"),
        ("response_requested=false", "CA"),
        ("response_requested=true&ops=response_requested:ne", "CA"),
        ("response_requested=", ""),
        ("meta.incident=true", "A"),
        ("meta.incident=false", "B"),
        ("meta.incident=true&ops=meta.incident:ne", "CB"),
        ("meta.incident=", "C"),
        ("meta.incident_severity=SEV-1", "A"),
        ("meta.incident_severity=sev&ops=meta.incident_severity:beginsWith", "A"),
        ("meta.n=5", "A"),
        ("meta.n=6&ops=meta.n:gt", "B"),
        ("meta.n=10&ops=meta.n:lte", "BA"),
        ("meta.n=4..6&ops=meta.n:between", "A"),
        ("meta.n=a&ops=meta.n:gt", ""),
        ("meta.x.y=Zed", "A"),
        ("meta.x.y=LPH&ops=meta.x.y:contains", "B"),
        ("meta.none=", "CBA"),
        ("meta.1=one", "A"),
        ("meta.x.y=6&ops=meta.x.y:gt", ""),
        ("meta.a'b=1", ""),
        ("responses_recorded.usr_x.value=1", ""),
        (f"created={T0}", "A"),
        (f"created={T0}.5", ""),
        (f"created={T0}.5&ops=created:ne", "CBA"),
        (f"created={T0 + 60}&ops=created:lt", "A"),
        (f"created={T0 + 60}&ops=created:lte", "BA"),
        (f"created={T0 + 60}&ops=created:gt", "C"),
        (f"created={T0 + 60}&ops=created:gte", "CB"),
        (f"created={T0 + 59}.5&ops=created:gt", "CB"),
        (f"created={T0 + 60}.5&ops=created:lte", "BA"),
        (f"created={T0}..{T0 + 60}&ops=created:between", "BA"),
        (f"created={T0}&created={T0 + 120}&ops=created:gt,created:lt", "B"),
        ("created=-999999999999999&ops=created:gt", "CBA"),
        ("created=999999999999999&ops=created:lt", "CBA"),
        ("createdAt=2030-01-07T09:01:00.000Z", "B"),
        ("createdAt=2030-01-07T10:01:00%2B01:00", "B"),
        ("createdAt=2030-01-07T10:01:00+01:00", "B"),
        ("createdAt=2030-01-07T09:01:00Z&ops=createdAt:gt", "C"),
        ("createdAt=2030-01-07&ops=createdAt:gt", "CBA"),
        ("createdAt=0001-01-01T00:00:00Z&ops=createdAt:gt", "CBA"),
        ("createdAt=9999-12-31T23:59:59Z&ops=createdAt:lt", "CBA"),
        (f"acknowledged={T0 + 120}", "BA"),
        ("acknowledged=", "C"),
        ("acknowledged=&ops=acknowledged:ne", "BA"),
        (f"acknowledged={T0 + 120}&ops=acknowledged:ne", "C"),
        (f"resolved={T0}&ops=resolved:gt", "A"),
        ("archived=", "CBA"),
        ("archivedby=", "CBA"),
        ("parent_id=", "CA"),
        ("parent_id={A}", "B"),
        ("parent_id={A}&ops=parent_id:ne", "CA"),
        ("parent_id=alt_&ops=parent_id:beginsWith", "B"),
        ("id={A}", "A"),
        ("id={A}&ops=id:ne", "CB"),
        ("id=usr_x", ""),
        ("id=", ""),
        ("sid={sid}", "CBA"),
        ("sid={sid}&ops=sid:ne", ""),
        ("sid=acc_other", ""),
        ("sid=acc_&ops=sid:beginsWith", "CBA"),
        ("source_id={alice}", "A"),
        ("source_id={integration}", "C"),
        ("source_id={alice}&ops=source_id:ne", "CB"),
        ("source_id=int_&ops=source_id:beginsWith", "C"),
        ("source_id=usr_&ops=source_id:beginsWith", "BA"),
        ("source_id=", ""),
        ("acknowledgedby={alice}", "A"),
        ("acknowledgedby=", "C"),
        ("acknowledgedby={alice}&ops=acknowledgedby:ne", "CB"),
        ("resolvedby={alice}", "A"),
        ("resolvedby={integration}", ""),
        ("d_user_id={bob}", "B"),
        ("d_user_id=", "C"),
        ("d_user_id={bob}&ops=d_user_id:ne", "CA"),
        ("d_team_id={ops}", "BA"),
        ("d_team_id=", "C"),
        ("destination_ids={bob}", "B"),
        ("destination_ids={ops}&ops=destination_ids:contains", "BA"),
        ("destination_ids=", "C"),
        ("status=resolved&urgency=low&tags=disk", "A"),
        ("status=resolved&urgency=high", ""),
        ("tinyId=0&ops=tinyId:gt", "CBA"),
        ("tinyId=999999999999999&ops=tinyId:gte", ""),
    ],
)
def test_each_operator_on_each_kind_of_attribute(
    query: str, shown: str, three: dict[str, str], alice: Api, bob: Api, ops: str, sid: str
) -> None:
    names = {"alice": alice.id, "bob": bob.id, "ops": ops, "sid": sid, "integration": three[three["C"]]}
    for name, value in {**three, **names}.items():
        query = query.replace(f"{{{name}}}", value)
    query = query if "%" in query and "% " not in query else query.replace("% ", "%25 ")
    answer = alice.get(f"/alert?{query}")
    assert "".join(name for row in answer["data"] for name in "ABC" if three[name] == row["id"]) == shown
    assert answer["total_count"] == len(shown)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("sort=created", "ABC"),
        ("sort=-created", "CBA"),
        ("sort=created&sortdirection=DESC", "CBA"),
        ("sort=created&sortdirection=asc", "ABC"),
        ("sort=-createdAt", "CBA"),
        ("sort=title", "ACB"),
        ("sort=status", "BCA"),
        ("sort=type", "CBA"),
        ("sort=resolved", "CBA"),
        ("sort=-resolved", "ACB"),
        ("sort=acknowledged,created", "CAB"),
        ("sort=-parent_id", "BCA"),
        ("sort=parent_id,-tinyId", "CAB"),
        ("sort=tinyId", "ABC"),
        ("sort=sid,livecall", "CBA"),
        ("sort=response_requested", "CAB"),
    ],
)
def test_each_order_puts_unset_lowest_and_the_newest_first_among_equals(
    query: str, shown: str, three: dict[str, str], alice: Api
) -> None:
    assert "".join(name for each in alice.ids(query) for name in "ABC" if three[name] == each) == shown


@pytest.mark.parametrize("name", sorted(set(KEYS) - {"meta", "additional_data", "responses_recorded", "handoffs"}))
def test_every_plain_attribute_can_be_filtered(name: str, alice: Api, ops: str) -> None:
    made = alice.create(ops, tags=["a"], responses=["b"])
    value = made[name]
    text = "" if value in (None, []) else str(value[0]) if isinstance(value, list) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    assert alice.ids(f"{name}={text}") == [made["id"]]
    assert alice.ids(f"{name}={text}&ops={name}:ne") == []


def test_only_what_is_selected_comes_back_in_the_objects_own_order(alice: Api, ops: str) -> None:
    made = alice.create(ops)
    for select in ("title,id", "id, title", "id,title,id"):
        listed = alice.get(f"/alert?select={select}")["data"]
        assert listed == [{"id": made["id"], "title": "Hello World"}]
        assert list(listed[0]) == ["id", "title"]
    assert alice.get("/alert?select=")["data"] == [made]


def test_the_number_of_queries_does_not_depend_on_the_number_of_alerts(
    three: dict[str, str], alice: Api, bob: Api, ops: str
) -> None:
    queries = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            body = alice.get("/alert?limit=100")
        queries.append(len(captured))
        for _ in range(5):
            bob.act("acknowledge", bob.create(ops, bob.id, parent_id=three["A"]))
    assert body["total_count"] == 8
    assert queries == [4, 4]


def test_a_filter_by_id_needs_no_query_of_its_own(three: dict[str, str], alice: Api) -> None:
    with CaptureQueriesContext(connection) as captured:
        alice.get(f"/alert?source_id={alice.id}&status=resolved&tags=disk&meta.incident=true&sort=-created")
    assert len(captured) == 4


def test_an_archived_alert_is_listed(alice: Api, ops: str) -> None:
    made = alice.create(ops)
    for verb in ("acknowledge", "resolve", "archive"):
        alice.act(verb, made)
    assert alice.ids("") == [made["id"]]


def test_all_is_one_account(alice: Api, ops: str) -> None:
    assert alice.create(ops)["sid"] == f"acc_{Organization.load().public_id}"
    assert Alert.objects.count() == 1


def test_the_schema_names_every_attribute_and_every_word_of_the_grammar(alice: Api) -> None:
    schema: Any = SchemaGenerator(urlconf="alerts.api.urls").get_schema(request=None, public=True)
    paths = {path.rstrip("/"): operations for path, operations in schema["paths"].items()}
    names = {each["name"] for each in paths["/alert"]["get"]["parameters"]}
    assert set(KEYS) - {"additional_data", "handoffs"} <= names
    assert {"limit", "offset", "page", "sort", "sortdirection", "select", "ops"} <= names
    assert list(paths["/alert"]["post"]["responses"]) == ["200"]
    assert set(paths) >= {"/alert", "/alert/{id}"} | {
        f"/alert/{{id}}/{verb}" for verb in ("acknowledge", "reject", "resolve", "archive", "handoff")
    }
