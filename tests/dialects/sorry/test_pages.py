"""Pages, components, updates, subscribers, brand, custom domain and templates (B1 to B8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oncall.models import User
from statuspage.models import Component, NoticeChange, StatusPage, Subscriber
from tests import builders
from tests.dialects.sorry.conftest import FORM, Api

T0 = "2030-01-07T09:00:00.000Z"


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_page_is_shown_key_by_key(api: Api) -> None:
    page = api.get("")
    assert page == {
        "id": "12ab34cd",
        "state": "operational",
        "name": "Acme",
        "timezone": "UTC",
        "support_email": None,
        "support_telephone": None,
        "support_url": None,
        "visible_to_search": True,
        "locale": "en",
        "meta_title": None,
        "meta_description": None,
        "google_analytics_id": None,
        "url": "https://status.acme.com",
        "send_notifications_by_email": True,
        "send_notifications_by_sms": False,
        "send_notifications_by_slack": False,
        "send_notifications_by_microsoft_teams": False,
        "send_notifications_by_twitter": False,
        "created_at": T0,
        "updated_at": T0,
    }
    assert list(page)[:5] == ["id", "state", "name", "timezone", "support_email"]
    assert list(page)[-2:] == ["created_at", "updated_at"]


def test_pages_are_made_changed_listed_and_deleted(api: Api) -> None:
    made = api.post("/v1/pages/", "name=Second&timezone=Pacific Time (US %26 Canada)&locale=de")
    assert (made["timezone"], made["locale"]) == ("America/Los_Angeles", "de")
    assert len(made["id"]) == 8
    assert int(made["id"], 16) >= 0
    path = f"/v1/pages/{made['id']}"
    changed = api.patch(path, {"support_email": "help@acme.com", "visible_to_search": "0"})
    assert (changed["support_email"], changed["visible_to_search"]) == ("help@acme.com", False)
    listed = api("GET", "/v1/pages")
    assert [row["id"] for row in listed.body["response"]] == ["12ab34cd", made["id"]]
    assert [row["id"] for row in api.get("/v1/pages?filter[name_eq]=Second")] == [made["id"]]
    assert api("DELETE", path).status == 204
    assert api("GET", path).status == 404


def test_a_page_says_all_that_is_wrong(api: Api) -> None:
    body = {"name": "", "timezone": "Mars/Base", "locale": "xx", "support_email": "no", "support_url": "ftp://x"}
    assert api.refused("POST", "/v1/pages", body) == {
        "name": ["can't be blank"],
        "timezone": ["is invalid"],
        "locale": ["is invalid"],
        "support_email": ["is invalid"],
        "support_url": ["is invalid"],
    }


def test_the_state_of_a_page_follows_its_notices(api: Api) -> None:
    plan = api.plan(state="underway")
    assert api.get("")["state"] == "under_maintenance"
    incident = api.notice(state="recovering")
    assert api.get("")["state"] == "degraded"
    StatusPage.objects.update(recovering_is_degraded=False)
    assert api.get("")["state"] == "under_maintenance"
    api.patch(f"/notices/{incident['id']}", {"state": "resolved"})
    api.patch(f"/notices/{plan['id']}", {"state": "complete"})
    assert api.get("")["state"] == "operational"


def test_everything_can_be_put_into_a_page(api: Api) -> None:
    component = api.component("API")
    api.notice(initial_comment="Looking.", component_ids=[component])
    api.post("/subscribers", email="ann@example.org")
    found = api.get("?include=brand,notices.updates,notices.components,components,custom_domain,subscribers,theme")
    assert found["brand"]["color_state_ok"] == "#27ae60"
    assert found["custom_domain"]["from"] == "status.acme.com"
    assert [row["name"] for row in found["components"]] == ["API"]
    assert [row["email"] for row in found["subscribers"]] == ["ann@example.org"]
    assert [row["content"] for row in found["notices"][0]["updates"]] == ["Looking."]
    assert [row["state"] for row in found["notices"][0]["components"]] == ["degraded"]
    assert "theme" not in found


@pytest.mark.parametrize("query", ["filter[type_eq]=planned", "filter[notices][type_eq]=planned"])
def test_a_filter_on_a_page_goes_to_what_is_included(api: Api, query: str) -> None:
    api.notice()
    plan = api.plan()
    assert [row["id"] for row in api.get(f"?include=notices&{query}")["notices"]] == [plan["id"]]


# --- components ---------------------------------------------------------------------------------------------------


def test_components_are_a_tree_listed_depth_first(api: Api) -> None:
    europe = api.component("Europe")
    api.component("America")
    api.component("Paris", parent_id=europe)
    berlin = api.post("/components", f"name=Berlin&parent_id={europe}&position=0&description=")
    assert berlin == {
        "id": berlin["id"],
        "state": "operational",
        "name": "Berlin",
        "description": None,
        "position": 0,
        "parent_id": europe,
        "created_at": T0,
        "updated_at": T0,
    }
    answer = api("GET", "/components")
    assert [row["name"] for row in answer.body["response"]] == ["Europe", "Berlin", "Paris", "America"]
    assert answer.body["count"] == 4
    assert [row["name"] for row in api.get("/components?filter[parent_id_null]=true")] == ["Europe", "America"]
    assert [row["name"] for row in api.get(f"/components?filter[parent_id_eq]={europe}")] == ["Berlin", "Paris"]


def test_the_state_of_a_component_is_derived_up_and_down_the_tree(api: Api) -> None:
    top = api.component("top")
    middle = api.component("middle", parent_id=top)
    api.component("below", parent_id=middle)
    api.component("beside", parent_id=top)
    made = api.notice(component_ids=[middle])

    def shown() -> dict[str, str]:
        return {row["name"]: row["state"] for row in api.get("/components")}

    hit = {"top": "partially-degraded", "middle": "degraded", "below": "degraded", "beside": "operational"}
    assert shown() == hit
    api.patch(f"/notices/{made['id']}", {"state": "recovering"})
    assert shown() == hit
    api.patch(f"/notices/{made['id']}", "component_ids[]=")
    assert set(shown().values()) == {"operational"}
    api.plan(component_ids=[top])
    assert set(shown().values()) == {"operational"}
    api.plan(component_ids=[top], state="underway")
    assert set(shown().values()) == {"degraded"}


def test_a_component_cannot_be_below_itself_or_on_another_page(api: Api) -> None:
    top = api.component("top")
    below = api.component("below", parent_id=top)
    deep = api.component("deep", parent_id=below)
    for parent in (top, below, deep, 999_999):
        assert api.refused("PATCH", f"/components/{top}", {"parent_id": parent}) == {"parent_id": ["is invalid"]}
    assert api.patch(f"/components/{deep}", {"parent_id": None, "state": "degraded"})["parent_id"] is None


def test_what_is_below_a_deleted_component_moves_up(api: Api) -> None:
    top = api.component("top")
    middle = api.component("middle", parent_id=top)
    below = api.component("below", parent_id=middle)
    made = api.notice(component_ids=[middle])
    assert api("DELETE", f"/components/{middle}").status == 204
    assert api.get(f"/components/{below}")["parent_id"] == top
    assert api.get(f"/notices/{made['id']}?include=components")["components"] == []


def test_who_followed_a_deleted_component_follows_what_was_above_it(api: Api) -> None:
    top = api.component("top")
    below = api.component("below", parent_id=top)
    made = api.post("/subscribers", email="ann@example.org", component_ids=[below])
    assert api("DELETE", f"/components/{below}").status == 204
    assert [row["id"] for row in api.get(f"/subscribers/{made['id']}?include=components")["components"]] == [top]


def test_components_can_show_their_notices(api: Api) -> None:
    made = api.notice(component_ids=[api.component("API")])
    assert [row["id"] for row in api.get("/components?include=notices")[0]["notices"]] == [made["id"]]


# --- updates --------------------------------------------------------------------------------------------------------


def test_updates_are_written_corrected_and_taken_away(api: Api) -> None:
    made = api.notice(initial_comment="First.")
    path = f"/notices/{made['id']}/updates"
    api.wait(minutes=1)
    second = api.post(path, "content=Second.&should_publish=1")
    assert second == {
        "id": second["id"],
        "content": "Second.",
        "created_at": "2030-01-07T09:01:00.000Z",
        "should_publish": True,
        "link": f"{made['link']}/#update-{second['id']}",
        "updated_at": "2030-01-07T09:01:00.000Z",
    }
    notice = api.get(f"/notices/{made['id']}")
    assert (notice["state"], notice["updated_at"]) == ("investigating", "2030-01-07T09:01:00.000Z")
    answer = api("GET", path)
    assert [row["content"] for row in answer.body["response"]] == ["First.", "Second."]
    first = answer.body["response"][0]["id"]
    told = NoticeChange.objects.count()
    assert api.patch(f"{path}/{first}", {"content": "Mended.", "should_publish": True})["content"] == "Mended."
    assert NoticeChange.objects.count() == told
    assert api.get(f"/notices/{made['id']}")["synopsis"] == "Mended.\n"
    assert api("DELETE", f"{path}/{first}").status == 204
    assert api.get(f"/notices/{made['id']}")["synopsis"] == "Second.\n"


@pytest.mark.parametrize("content", ["", "  ", None])
def test_an_update_says_something(api: Api, content: Any) -> None:
    path = f"/notices/{api.notice()['id']}/updates"
    assert api.refused("POST", path, {"content": content}) == {"content": ["can't be blank"]}


# --- subscribers ----------------------------------------------------------------------------------------------------


def test_a_subscriber_is_shown_key_by_key(api: Api) -> None:
    made = api.post("/subscribers", "email=Ann@example.org&first_name=Ann&tag_list=vip, eu&phone_number=+44712345678")
    assert list(made) == [
        *("id", "email", "phone_number", "slack_webhook_url", "microsoft_teams_url", "notify_by_email"),
        *("notify_by_phone_number", "notify_by_slack_webhook_url", "notify_by_legacy_slack_oauth_token"),
        *("notify_by_microsoft_teams_url", "first_name", "last_name", "nickname", "company", "tag_list"),
        *("avatar_url", "created_at", "updated_at"),
    ]
    assert made["phone_number"] == "+44712345678"
    assert made["tag_list"] == ["vip", "eu"]
    assert made["notify_by_email"] is True
    assert made["avatar_url"].startswith("data:image/svg+xml,")


def test_an_address_subscribes_once(api: Api) -> None:
    api.post("/subscribers", email="ann@example.org", phone_number="+44712345678")
    taken = ["has already been taken"]
    assert api.refused("POST", "/subscribers", {"email": "ANN@example.org"}) == {"email": taken}
    assert api.refused("POST", "/subscribers", {"phone_number": "+44712345678"}) == {"phone_number": taken}


def test_a_subscriber_needs_an_address_that_can_be_one(api: Api) -> None:
    assert api.refused("POST", "/subscribers", {}) == {"email": ["can't be blank"]}
    body = {"email": "nonsense", "phone_number": "12"}
    assert api.refused("POST", "/subscribers", body) == {"email": ["is invalid"], "phone_number": ["is invalid"]}


def test_subscribers_are_found_by_component(api: Api) -> None:
    one, two = api.component("one"), api.component("two")
    everything = api.post("/subscribers", email="all@example.org")
    first = api.post("/subscribers", f"email=one@example.org&component_ids[]={one}")
    api.post("/subscribers", email="two@example.org", component_ids=[two])
    found = [row["id"] for row in api.get(f"/subscribers?filter[for_component]={one}")]
    assert found == [everything["id"], first["id"]]
    assert api("GET", "/subscribers?filter[for_component]=x").status == 400
    assert api.patch(f"/subscribers/{first['id']}", "component_ids[]=")["email"] == "one@example.org"
    assert Subscriber.objects.get(pk=first["id"]).components.count() == 0


def test_an_unconfirmed_subscriber_is_not_shown(api: Api, page: StatusPage) -> None:
    made = {"page": page, "created_at": builders.START, "updated_at": builders.START}
    Subscriber.objects.create(email="maybe@example.org", expires_at=builders.START, **made)
    assert api.get("/subscribers") == []


# --- brand and custom domain ----------------------------------------------------------------------------------------


def test_colours_are_colours(api: Api) -> None:
    assert api.patch("/brand", "color_state_ok=%23abc")["color_state_ok"] == "#abc"
    put = api("PUT", "/brand/", {"color_body_text": "rgba(0, 10, 200, 0.5)"}).body["response"]
    assert (put["color_state_ok"], put["color_body_text"]) == ("#abc", "rgba(0, 10, 200, 0.5)")
    for colour in ("red", "#ab", "#abcdeg", "rgb(1,2)", "#fff;} body{display:none", "", "url(x)"):
        assert api.refused("PATCH", "/brand", {"color_state_ok": colour}) == {"color_state_ok": ["is invalid"]}


def test_a_logo_is_a_picture(api: Api) -> None:
    def upload(content: bytes) -> Any:
        head = (
            b'--x\r\nContent-Disposition: form-data; name="logo"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        )
        return api.send("PATCH", "/brand", head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")

    assert upload(b"<script>").status == 422
    done = upload(b"\x89PNG\r\n\x1a\n0000")
    assert done.body["response"]["logo"] == {"url": "https://status.acme.com/logo", "content_type": "image/png"}
    assert api.patch("/brand", "logo=")["logo"] is None


def test_a_custom_domain_is_set_and_removed(api: Api) -> None:
    made = api.notice()
    answer = api("POST", "/custom_domain", "domain=Status.Example.ORG.")
    assert answer.status == 201
    assert list(answer.body["response"]) == ["type", "from", "to", "created_at", "updated_at"]
    assert answer.body["response"] | {"created_at": "", "updated_at": ""} == {
        "type": "CNAME",
        "from": "status.example.org",
        "to": "127.0.0.1",
        "created_at": "",
        "updated_at": "",
    }
    assert api.get(f"/notices/{made['id']}")["link"].startswith("https://status.example.org/notices/")
    assert api.get("/custom-domain")["from"] == "status.example.org"
    assert api("DELETE", "/custom-domain").status == 204
    assert api("GET", "/custom_domain").status == 404
    assert api("DELETE", "/custom_domain").status == 404


@pytest.mark.parametrize("host", ["", "no", "http://a.b", "a..b", "-a.example.org", "a_b.org", "127.0.0.1", "x" * 300])
def test_a_host_that_is_none_is_refused(api: Api, host: str) -> None:
    assert list(api.refused("POST", "/custom_domain", {"domain": host})) == ["domain"]


def test_a_host_belongs_to_one_page(api: Api) -> None:
    other = api.post("/v1/pages", name="Other")
    messages = api.refused("POST", f"/v1/pages/{other['id']}/custom_domain", {"domain": "status.acme.com"})
    assert messages == {"domain": ["has already been taken"]}


# --- templates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "words"), [("notice", "initial_comment"), ("update", "content")])
def test_templates_are_kept_and_paged(api: Api, kind: str, words: str) -> None:
    path = f"/{kind}_templates"
    made = api.post(path, {"name": "Outage", words: "We are on it."})
    assert len(made["id"]) == 6
    assert made[words] == "We are on it."
    assert api.patch(f"{path}/{made['id']}", {"name": "Big outage"})[words] == "We are on it."
    answer = api("GET", f"{path}?filter[name_cont]=big")
    assert [row["id"] for row in answer.body["response"]] == [made["id"]]
    assert answer.body["pagination"]["per_page"] == 25
    assert api.refused("POST", path, {"component_id": "x"}) == {
        "name": ["can't be blank"],
        "component_id": ["is not a number"],
    }
    assert api.refused("POST", path, {"name": "x", "component_id": 99}) == {"component_id": ["is invalid"]}
    assert api("DELETE", f"{path}/{made['id']}").status == 204
    assert api("GET", f"{path}/{made['id']}").status == 404


def test_time_zones_are_listed(api: Api) -> None:
    assert {"name": "Europe/Paris"} in api.get("/v1/timezones")


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "path", "body", "status"),
    [
        ("viewer", "/notices", {"type": "unplanned", "subject": "x"}, 403),
        ("viewer", "/components", {"name": "x"}, 403),
        ("editor", "/notices", {"type": "unplanned", "subject": "x"}, 201),
        ("editor", "/components", {"name": "x"}, 403),
        ("editor", "/subscribers", {"email": "a@example.org"}, 403),
        ("editor", "/notice_templates", {"name": "x"}, 201),
        ("admin", "/components", {"name": "x"}, 201),
    ],
)
def test_roles_are_kept(api: Api, page: StatusPage, role: str, path: str, body: Any, status: int) -> None:
    caller = Api(builders.person("bea", role=role), page)
    assert caller("GET", path).status == 200
    answer = caller("POST", path, body)
    assert answer.status == status
    assert status != 403 or answer.body["error"] == "forbidden"


def test_who_has_left_is_not_let_in(api: Api) -> None:
    User.objects.update(is_active=False)
    assert api("GET", "/notices").status == 401


def test_a_session_opens_nothing(api: Api) -> None:
    client = Client()
    client.force_login(User.objects.get())
    assert client.get("/v1/pages").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/notices?include=updates,components",
        "/components?include=notices.updates",
        "/subscribers?include=components",
        "?include=brand,notices.updates,notices.components,components,subscribers",
    ],
)
def test_no_list_asks_a_question_per_row(api: Api, path: str) -> None:
    def grow(number: int) -> None:
        component = api.component(f"c{number}")
        made = api.notice(initial_comment="x", component_ids=[component])
        api.post(f"/notices/{made['id']}/updates", content="y")
        api.post("/subscribers", email=f"{number}@example.org", component_ids=[component])

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            api.get(path)
        return len(found)

    grow(1)
    api.get(path)
    before = queries()
    for number in range(2, 5):
        grow(number)
    assert queries() == before
    assert Component.objects.count() == 4


def test_a_form_without_a_content_type_is_read(api: Api) -> None:
    answer = api.send("POST", "/components", b"name=API", "")
    assert answer.status == 201
    assert api.send("PATCH", f"/components/{answer.body['response']['id']}", b"", FORM).status == 200
