"""Notices, case by case of the contract (A1 to A15, E)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from statuspage.models import Notice, NoticeChange, NoticeUpdate, StatusPage
from tests.dialects.sorry.conftest import FORM, NOTICE, PLANNED, Api

COMMENT = "Some people are experiencing problems with our service right now. We're so sorry about that."
LINK = re.compile(r"https://status\.acme\.com/notices/[a-z0-9]{16}-api-performance-issues")


def test_the_sample_of_the_contract_is_answered_key_by_key(api: Api) -> None:
    chosen = [api.component("API"), api.component("Portal")]
    answer = api(
        "POST",
        "/notices",
        {
            "type": "unplanned",
            "subject": "API Performance Issues",
            "initial_comment": COMMENT,
            "should_publish": "1",
            "component_ids": chosen,
        },
    )
    assert answer.status == 201
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert list(answer.body) == ["response"]
    made = answer.body["response"]
    assert list(made) == NOTICE
    assert LINK.fullmatch(made["link"])
    assert made | {"id": 0, "link": ""} == {
        "id": 0,
        "type": "unplanned",
        "state": "investigating",
        "timeline_state": "present",
        "subject": "API Performance Issues",
        "synopsis": f"{COMMENT}\n",
        "link": "",
        "began_at": "2030-01-07T09:00:00.000Z",
        "ended_at": None,
        "created_at": "2030-01-07T09:00:00.000Z",
        "updated_at": "2030-01-07T09:00:00.000Z",
        "tag_list": [],
    }
    assert api.get(f"/notices/{made['id']}") == made
    assert [row["state"] for row in api.get("/components")] == ["degraded", "degraded"]


def test_an_incident_lives_and_ends(api: Api) -> None:
    made = api.notice(initial_comment=COMMENT, component_ids=[api.component("API")])
    api.wait(minutes=14)
    done = api.patch(f"/notices/{made['id']}", "state=resolved&additional_comment=Fixed")
    assert done == made | {
        "state": "resolved",
        "timeline_state": "past_recent",
        "ended_at": "2030-01-07T09:14:00.000Z",
        "updated_at": "2030-01-07T09:14:00.000Z",
    }
    with_updates = api.get(f"/notices/{made['id']}?include=updates")
    assert list(with_updates) == [*NOTICE, "updates"]
    assert [row["content"] for row in with_updates["updates"]] == [COMMENT, "Fixed"]
    assert api.get("/components")[0]["state"] == "operational"


def test_a_new_subject_gives_a_new_link_and_changes_nothing_else(api: Api, page: StatusPage) -> None:
    made = api.notice(initial_comment=COMMENT)
    api.wait(seconds=1.25)
    renamed = api.patch(f"/notices/{made['id']}", "subject=API v1 Performance Issues")
    assert renamed["link"].endswith("-api-v1-performance-issues")
    assert renamed["link"].split("/")[-1][:16] != made["link"].split("/")[-1][:16]
    assert renamed == made | {
        "subject": "API v1 Performance Issues",
        "link": renamed["link"],
        "updated_at": "2030-01-07T09:00:01.250Z",
    }
    row = Notice.objects.get(pk=made["id"])
    assert [old.token for old in row.old_links.all()] == [made["link"].split("/")[-1][:16]]


def test_planned_work_has_its_plan_in_utc(api: Api, page: StatusPage) -> None:
    StatusPage.objects.update(time_zone="America/New_York")
    made = api.plan()
    assert list(made) == PLANNED
    assert (made["state"], made["timeline_state"]) == ("scheduled", "future")
    assert made["begins_at"] == "2031-01-29T16:30:00.000Z"
    assert made["ends_at"] == "2031-01-29T18:00:00.000Z"
    assert (made["began_at"], made["ended_at"], made["should_automate_schedule"]) == (None, None, True)
    assert made["synopsis"] is None


@pytest.mark.parametrize(
    ("change", "begins", "ends"),
    [
        ("begins_at_date=2031-02-01", "2031-02-01T16:30:00.000Z", "2031-02-01T18:00:00.000Z"),
        ("begins_at_time=07:15", "2031-01-29T07:15:00.000Z", "2031-01-29T08:45:00.000Z"),
        ("duration_in_minutes=5", "2031-01-29T16:30:00.000Z", "2031-01-29T16:35:00.000Z"),
        ("begins_at=2031-03-01T10:00:00Z", "2031-03-01T10:00:00.000Z", "2031-03-01T11:30:00.000Z"),
        ("ends_at=2031-01-29T20:00:00%2B01:00", "2031-01-29T16:30:00.000Z", "2031-01-29T19:00:00.000Z"),
        ("subject=DNS Maintenance", "2031-01-29T16:30:00.000Z", "2031-01-29T18:00:00.000Z"),
    ],
)
def test_a_part_of_the_plan_moves_the_rest_along(api: Api, change: str, begins: str, ends: str) -> None:
    made = api.plan()
    changed = api.patch(f"/notices/{made['id']}", change)
    assert (changed["begins_at"], changed["ends_at"]) == (begins, ends)


def test_put_keeps_what_is_not_sent(api: Api) -> None:
    made = api.plan(tag_list="dns, core")
    answer = api("PUT", f"/notices/{made['id']}/", {"subject": "DNS Maintenance"})
    assert answer.body["response"] == made
    assert made["tag_list"] == ["dns", "core"]


def test_an_empty_patch_changes_nothing(api: Api) -> None:
    made = api.notice()
    api.wait(minutes=1)
    assert api.patch(f"/notices/{made['id']}", None) == made


def test_a_plan_does_not_concern_an_incident(api: Api) -> None:
    made = api.notice(begins_at_date="nonsense", duration_in_minutes=-4, should_automate_schedule=False)
    assert list(made) == NOTICE


# --- encodings (A3) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/json", b'{"type":"unplanned","subject":"Slow","component_ids":[%d,"%d"]}'),
        (
            "application/json; charset=utf-8",
            b'{"notice":{"type":"unplanned","subject":"Slow","component_ids":[%d,%d]}}',
        ),
        (FORM, b"type=unplanned&subject=Slow&component_ids[]=%d&component_ids[]=%d"),
        (FORM, b"type=unplanned&subject=Slow&component_ids=%d&component_ids=%d"),
        (FORM, b"type=unplanned&subject=Slow&component_ids%%5B0%%5D=%d&component_ids%%5B1%%5D=%d"),
        (FORM, b"notice[type]=unplanned&notice[subject]=Slow&notice[component_ids][]=%d&component_ids=%d"),
        (FORM, b'  {"type":"unplanned","subject":"Slow","component_ids":[%d,%d]}'),
        (FORM, b"type=unplanned&subject=Slow&component_ids=%d,%d"),
        (
            "multipart/form-data; boundary=x",
            (
                b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\nunplanned\r\n'
                b'--x\r\nContent-Disposition: form-data; name="subject"\r\n\r\nSlow\r\n'
                b'--x\r\nContent-Disposition: form-data; name="component_ids[]"\r\n\r\n%d\r\n'
                b'--x\r\nContent-Disposition: form-data; name="component_ids[]"\r\n\r\n%d\r\n--x--\r\n'
            ),
        ),
    ],
)
def test_every_encoding_says_the_same(api: Api, kind: str, raw: bytes) -> None:
    one, two = api.component("API"), api.component("Portal")
    answer = api.send("POST", "/notices?include=components", raw % (one, two), kind)
    assert answer.status == 201, answer
    found = [row["id"] for row in answer.body["response"]["components"]]
    assert found == ([one] if b"notice[component_ids]" in raw else [one, two])


def test_parameters_of_the_query_count_and_the_body_wins(api: Api) -> None:
    made = api.post("/notices?type=unplanned&subject=Query&state=identified", {"subject": "Body"})
    assert (made["subject"], made["state"]) == ("Body", "identified")


def test_the_escaped_apostrophe_of_the_contract_is_read(api: Api) -> None:
    raw = rb"""{"type":"unplanned","subject":"Slow","initial_comment":"We\'re so sorry \"about\" that. C:\\'"}"""
    answer = api.send("POST", "/notices", raw)
    assert answer.body["response"]["synopsis"] == "We're so sorry \"about\" that. C:\\'\n"


@pytest.mark.parametrize("raw", [b'{"type":', b"[1]", b'"x"', b"\xff\xfe", b"{'type': 'unplanned'}"])
def test_what_is_no_json_object_is_a_bad_request(api: Api, raw: bytes) -> None:
    answer = api.send("POST", "/notices", raw)
    assert answer.status == 400
    assert list(answer.body) == ["error", "error_description"]
    assert answer.body["error"] == "bad_request"


@pytest.mark.parametrize("word", [True, 1, "1", "true", "T", "yes", "ON"])
def test_truth_has_many_spellings(api: Api, word: Any) -> None:
    made = api.notice(initial_comment="x", should_publish=word)
    assert api.get(f"/notices/{made['id']}/updates")[0]["should_publish"] is True


@pytest.mark.parametrize("word", [False, 0, "0", "false", "F", "no", "OFF", "", None])
def test_so_has_its_opposite(api: Api, word: Any) -> None:
    made = api.notice(initial_comment="x", should_publish=word)
    assert api.get(f"/notices/{made['id']}/updates")[0]["should_publish"] is False
    assert not NoticeChange.objects.filter(announce_at__isnull=False).exists()


# --- refusals (A10) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({}, {"type": ["can't be blank"], "subject": ["can't be blank"]}),
        (
            {"type": "planned", "subject": " "},
            {
                "subject": ["can't be blank"],
                "begins_at_date": ["can't be blank"],
                "begins_at_time": ["can't be blank"],
                "duration_in_minutes": ["can't be blank"],
            },
        ),
        ({"type": "general", "subject": "x"}, {"type": ["is not included in the list"]}),
        ({"type": "unplanned", "subject": "x", "state": "complete"}, {"state": ["is not included in the list"]}),
        ({"type": "unplanned", "subject": "x", "state": "open"}, {"state": ["is not included in the list"]}),
        (
            {"type": "unplanned", "subject": "x" * 256, "should_publish": "maybe", "component_ids": ["x"]},
            {
                "subject": ["is too long (maximum is 255 characters)"],
                "should_publish": ["is invalid"],
                "component_ids": ["is invalid"],
            },
        ),
        (
            {
                "type": "planned",
                "subject": "x",
                "begins_at_date": "29/01/2031",
                "begins_at_time": "25:00:00",
                "duration_in_minutes": "an hour",
                "state": "resolved",
            },
            {
                "begins_at_date": ["is invalid"],
                "begins_at_time": ["is invalid"],
                "duration_in_minutes": ["is not a number"],
                "state": ["is not included in the list"],
            },
        ),
        (
            {
                "type": "planned",
                "subject": "x",
                "begins_at_date": "2031-01-29",
                "begins_at_time": "10:00:00",
                "duration_in_minutes": 0,
            },
            {"duration_in_minutes": ["must be greater than 0"]},
        ),
        (
            {"type": "planned", "subject": "x", "begins_at": "2031-01-29T10:00Z", "ends_at": "2031-01-29T10:00Z"},
            {"ends_at": ["is invalid"]},
        ),
        ({"type": "unplanned", "subject": "a\0b"}, {"subject": ["is invalid"]}),
        ({"type": ["unplanned"], "subject": {"a": 1}}, {"type": ["is invalid"], "subject": ["is invalid"]}),
    ],
)
def test_everything_that_is_wrong_is_told_at_once(api: Api, body: Any, messages: Any) -> None:
    assert api.refused("POST", "/notices", body) == messages
    assert Notice.objects.count() == 0


def test_an_unknown_component_leaves_nothing_behind(api: Api) -> None:
    body = {"type": "unplanned", "subject": "x", "initial_comment": "y", "component_ids": [999_999]}
    assert api.refused("POST", "/notices", body) == {"component_ids": ["is invalid: 999999"]}
    assert (Notice.objects.count(), NoticeUpdate.objects.count(), NoticeChange.objects.count()) == (0, 0, 0)


def test_a_refused_change_changes_nothing(api: Api) -> None:
    made = api.notice()
    body = {"subject": "New", "additional_comment": "x", "state": "resolved", "component_ids": [999_999]}
    assert list(api.refused("PATCH", f"/notices/{made['id']}", body)) == ["component_ids"]
    assert api.get(f"/notices/{made['id']}") == made


@pytest.mark.parametrize("subject", ["", None, "  "])
def test_a_subject_cannot_be_taken_away(api: Api, subject: Any) -> None:
    made = api.notice()
    assert api.refused("PATCH", f"/notices/{made['id']}", {"subject": subject}) == {"subject": ["can't be blank"]}


def test_a_type_never_changes(api: Api) -> None:
    made = api.notice()
    assert api.patch(f"/notices/{made['id']}", {"type": "unplanned"}) == made
    assert api.refused("PATCH", f"/notices/{made['id']}", {"type": "planned"}) == {"type": ["can't be changed"]}


# --- states and instants (A5 to A7) -------------------------------------------------------------------------------

T0, T1, T2 = "2030-01-07T09:00:00.000Z", "2030-01-07T09:05:00.000Z", "2030-01-07T09:10:00.000Z"


@pytest.mark.parametrize(
    ("first", "then", "began", "ended"),
    [
        ("investigating", "identified", T0, None),
        ("investigating", "recovering", T0, None),
        ("investigating", "false_alarm", T0, T1),
        ("resolved", "resolved", T0, T0),
        ("resolved", "false_alarm", T0, T0),
        ("resolved", "investigating", T0, None),
    ],
)
def test_an_incident_keeps_the_right_instants(api: Api, first: str, then: str, began: str, ended: str) -> None:
    made = api.notice(state=first)
    api.wait(minutes=5)
    changed = api.patch(f"/notices/{made['id']}", {"state": then})
    assert (changed["state"], changed["began_at"], changed["ended_at"]) == (then, began, ended)


@pytest.mark.parametrize(
    ("states", "began", "ended"),
    [
        (["underway"], T1, None),
        (["underway", "underway"], T1, None),
        (["underway", "scheduled"], None, None),
        (["complete"], T1, T1),
        (["underway", "complete"], T1, T2),
        (["cancelled"], None, T1),
        (["underway", "cancelled"], T1, T2),
        (["complete", "cancelled"], T1, T1),
        (["complete", "underway"], T1, None),
        (["complete", "scheduled"], None, None),
    ],
)
def test_planned_work_keeps_the_right_instants(api: Api, states: list[str], began: Any, ended: Any) -> None:
    made = api.plan()
    for state in states:
        api.wait(minutes=5)
        made = api.patch(f"/notices/{made['id']}", {"state": state})
    assert (made["state"], made["began_at"], made["ended_at"]) == (states[-1], began, ended)


def test_a_past_notice_is_recent_for_seven_days_to_the_millisecond(api: Api) -> None:
    made = api.notice(state="resolved")
    api.wait(days=7)
    assert api.get(f"/notices/{made['id']}")["timeline_state"] == "past_recent"
    assert api.ids("filter[timeline_state_eq]=past_recent") == [made["id"]]
    api.wait(milliseconds=1)
    distant = api.get(f"/notices/{made['id']}")
    assert distant == made | {"timeline_state": "past_distant"}
    assert api.ids("filter[timeline_state_eq]=past_recent") == []
    assert api.ids("filter[timeline_state_eq]=past_distant") == [made["id"]]


def test_a_plan_that_nobody_follows_stays_in_the_future(api: Api) -> None:
    made = api.plan(begins_at_date="2030-01-07", begins_at_time="09:10", should_automate_schedule="0")
    api.wait(days=2)
    assert api.get(f"/notices/{made['id']}")["timeline_state"] == "future"


def test_a_schedule_is_followed_when_it_is_read_though_no_clock_runs(api: Api) -> None:
    made = api.plan(begins_at_date="2030-01-07", begins_at_time="09:10", duration_in_minutes=30)
    api.wait(minutes=10)
    assert api.get(f"/notices/{made['id']}")["state"] == "underway"
    api.wait(minutes=30, seconds=0.18)
    done = api.get(f"/notices/{made['id']}")
    assert (done["state"], done["timeline_state"]) == ("complete", "past_recent")
    assert (done["began_at"], done["ended_at"]) == ("2030-01-07T09:10:00.000Z", "2030-01-07T09:40:00.180Z")
    assert done["updated_at"] == "2030-01-07T09:40:00.180Z"
    assert NoticeUpdate.objects.count() == 0


# --- synopsis and links -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "synopsis"),
    [
        ("As the maintenance [month] progresses. ", "As the maintenance [month] progresses. \n"),
        ("Ends in a line end\n\n", "Ends in a line end\n"),
        ("We are **on it**, see [the docs](https://example.org).", "We are on it, see the docs.\n"),
        ("snake_case and 2 * 3 stay", "snake_case and 2 * 3 stay\n"),
    ],
)
def test_a_synopsis_is_the_first_comment_without_marks(api: Api, comment: str, synopsis: str) -> None:
    made = api.notice(initial_comment=comment)
    assert made["synopsis"] == synopsis
    assert api.patch(f"/notices/{made['id']}", {"additional_comment": "More"})["synopsis"] == synopsis


@pytest.mark.parametrize(
    ("subject", "slug"),
    [
        ("We're currently having issues", "-we-re-currently-having-issues"),
        ("About Sorry™ Status Pages, App & APIs", "-about-sorry-status-pages-app-apis"),
        ("Störung in Zürich", "-storung-in-zurich"),
        ("日本語", ""),
        ("x" * 150, f"-{'x' * 100}"),
    ],
)
def test_a_link_reads_like_its_subject(api: Api, subject: str, slug: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{16}" + re.escape(slug), api.notice(subject=subject)["link"].rsplit("/", 1)[1])


def test_the_link_is_below_the_base_address_without_a_domain(api: Api) -> None:
    assert api("DELETE", "/custom_domain").status == 204
    assert api.notice()["link"].startswith("http://127.0.0.1:8000/status/acme/notices/")


# --- lists (A11, A12) ---------------------------------------------------------------------------------------------


@pytest.fixture
def three(api: Api) -> list[int]:
    """Planned work of Monday nine o'clock, an open incident of ten, a resolved one of eleven; newest first."""
    portal = api.component("Portal")
    plan = api.plan(component_ids=[portal], tag_list=["dns"])
    api.wait(hours=1)
    incident = api.notice(component_ids=[portal], initial_comment="Looking.")
    api.wait(hours=1)
    closed = api.notice(subject="Portal down", state="resolved", tag_list="core,dns")
    return [closed["id"], incident["id"], plan["id"]]


def test_a_list_is_newest_first_and_counted(api: Api, three: list[int]) -> None:
    answer = api("GET", "/notices/")
    assert list(answer.body) == ["response", "count"]
    assert [row["id"] for row in answer.body["response"]] == three
    assert answer.body["count"] == 3
    with_components = api.get("/notices?include=components, nonsense")
    assert [len(row["components"]) for row in with_components] == [0, 1, 1]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("filter[type_eq]=planned", [2]),
        ("filter[type_not_eq]=planned", [0, 1]),
        ("filter[subject_cont]=api", [1]),
        ("filter[subject_matches]=%25 perform%25", [1]),
        ("filter[subject_start]=Portal&filter[subject_end]=down", [0]),
        ("filter[state_in][]=resolved&filter[state_in][]=scheduled", [0, 2]),
        ("filter[state_in]=resolved,scheduled", [0, 2]),
        ("filter[state_not_in][]=resolved", [1, 2]),
        ("filter[timeline_state_in][]=future&filter[timeline_state_in][]=present", [1, 2]),
        ("filter[timeline_state_not_eq]=future", [0, 1]),
        ("filter[created_at_gt]=2030-01-07T09:00:00.000Z", [0, 1]),
        ("filter[created_at_gteq]=2030-01-07T09:00:00Z", [0, 1, 2]),
        ("filter[created_at_lt]=2030-01-07", []),
        ("filter[created_at_lteq]=2030-01-07T10:00:00Z", [1, 2]),
        ("filter[created_at_eq]=2030-01-07T10:00:00.000Z", [1]),
        ("filter[ended_at_present]=1", [0]),
        ("filter[ended_at_null]=true", [1, 2]),
        ("filter[ended_at_null]=false", [0]),
        ("filter[tag_list_eq]=dns", [0, 2]),
        ("filter[tag_list_blank]=1", [1]),
        ("filter[should_automate_schedule_eq]=true&filter[type_eq]=planned", [2]),
        ("filter%5Bsubject_cont%5D=API&filter[type_eq]=planned", []),
    ],
)
def test_filters_narrow_a_list_wherever_they_are(api: Api, three: list[int], query: str, places: list[int]) -> None:
    wanted = [three[place] for place in places]
    assert api.ids(query) == wanted
    in_the_body = api.send("GET", "/notices", query.encode(), FORM)
    assert [row["id"] for row in in_the_body.body["response"]] == wanted


def test_notices_are_found_by_component(api: Api, three: list[int]) -> None:
    portal = api.get("/components")[0]["id"]
    assert api.ids(f"filter[components_id_in][]={portal}&filter[components_id_in][]=999") == three[1:]
    assert api.ids("filter[components_id_eq]=999") == []


@pytest.mark.parametrize(
    "query",
    [
        *("filter[color_eq]=red", "filter[type_near]=x", "filter[id_eq]=abc", "filter[created_at_gt]=soon", "filter=x"),
        *("filter[tag_list_gt]=x", "filter[should_automate_schedule_eq]=perhaps", "page=0", "per_page=x&page=1"),
        *(
            "filter[timeline_state_gt]=x",
            "filter[subject_eq]=a%00b",
            "a[b][c][d][e][f]=1",
            "filter[components_id_eq]=x",
        ),
    ],
)
def test_a_list_that_is_not_understood_is_a_bad_request(api: Api, query: str) -> None:
    answer = api("GET", f"/notices?{query}")
    assert (answer.status, answer.body["error"]) == (400, "bad_request")


def test_pages_come_on_request(api: Api, three: list[int]) -> None:
    answer = api("GET", "/notices?page=2&per_page=2")
    assert [row["id"] for row in answer.body["response"]] == three[2:]
    assert answer.body["count"] == 3
    assert answer.body["pagination"] == {
        "current": 2,
        "previous": 1,
        "next": None,
        "per_page": 2,
        "pages": 2,
        "count": 3,
    }


# --- manners (A1, A2, A13, A15) -----------------------------------------------------------------------------------


def test_a_deleted_notice_is_gone_with_everything_under_it(api: Api) -> None:
    made = api.notice(initial_comment="x", component_ids=[api.component("API")], should_publish=True)
    answer = api("DELETE", f"/notices/{made['id']}/")
    assert (answer.status, answer.body) == (204, None)
    assert api("DELETE", f"/notices/{made['id']}").status == 404
    assert api.get("/components")[0]["state"] == "operational"
    assert (NoticeUpdate.objects.count(), NoticeChange.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/notices/999999"),
        ("GET", "/notices/abc"),
        ("GET", "/notices/99999999999999999999"),
        ("GET", "/v1/pages/00000000/notices"),
        ("POST", "/v1/pages/nonsense/notices"),
        ("GET", "/v1/nothing"),
        ("GET", "/notices/1/updates/2/more"),
    ],
)
def test_what_is_not_there_is_not_found(api: Api, method: str, path: str) -> None:
    answer = api(method, path)
    assert (answer.status, answer.body["error"]) == (404, "not_found")


def test_a_notice_of_another_page_is_not_found(api: Api) -> None:
    made = api.notice()
    other = api.post("/v1/pages", name="Other")
    assert api("GET", f"/v1/pages/{other['id']}/notices/{made['id']}").status == 404


def test_page_ids_are_compared_without_regard_to_case(api: Api) -> None:
    assert api("GET", "/v1/pages/12AB34CD/notices").status == 200


@pytest.mark.parametrize(("method", "path"), [("PUT", "/notices"), ("DELETE", "/notices"), ("POST", "/notices/1")])
def test_a_method_that_means_nothing_is_not_allowed(api: Api, method: str, path: str) -> None:
    answer = api(method, path)
    assert (answer.status, answer.body["error"]) == (405, "method_not_allowed")
    assert "Allow" in answer.headers


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Token {token}", "Bearer\t"]
)
@pytest.mark.parametrize("path", ["/notices", "/v1/pages/00000000", "/v1/nothing"])
def test_without_a_token_nothing_is_told(api: Api, header: str, path: str) -> None:
    answer = api.send("POST", path, b'{"broken', Authorization=header.format(token=api.token))
    assert answer.status == 401
    assert list(answer.body) == ["error", "error_description"]
    assert answer.body["error"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_scheme_may_be_written_in_any_case(api: Api) -> None:
    assert api.send("GET", "/notices", Authorization=f"bEARER   {api.token} ").status == 200


def test_a_token_that_calls_too_often_is_told_when_to_come_back(api: Api, settings: Any, monkeypatch: Any) -> None:
    settings.STATUS_API_RATE = 2
    monkeypatch.setattr("statuspage.api.auth.time.monotonic", lambda: 1000.0)
    assert [api("GET", "/notices").status for _ in range(10)] == [200] * 10
    answer = api("POST", "/notices", {"type": "unplanned", "subject": "x"})
    assert (answer.status, answer.body["error"], answer.headers["Retry-After"]) == (429, "rate_limited", "1")
    assert Notice.objects.count() == 0
    monkeypatch.setattr("statuspage.api.auth.time.monotonic", lambda: 1000.5)
    assert api("GET", "/notices").status == 200
    assert api("GET", "/notices").status == 429
