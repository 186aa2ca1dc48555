"""The page's own JSON: its words, its filters, its manners."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from statuspage import public
from statuspage.models import StatusPage
from tests.builders import START, person
from tests.statuspage import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def acme() -> StatusPage:
    page = pages.page()
    api = pages.component(page, "API")
    pages.component(page, "Webhooks", parent=api)
    return page


def ask(client: Client, path: str, **asked: str) -> Any:
    response = client.get(f"/status/acme/api/v1/{path}", asked)
    assert response.status_code == 200, response.content
    return response.json()


def test_the_status_says_name_state_and_counts(client: Client, acme: StatusPage, settings: Any) -> None:
    pages.incident(acme, "Payments fail", acme.components.get(name="API"))
    base = f"{settings.TOCSIN_BASE_URL}/status/acme"
    assert ask(client, "status") == {
        "page": {
            "name": "Acme",
            "state": "degraded",
            "state_text": "API is degraded",
            "url": base,
            "links": {
                "components": {"href": f"{base}/api/v1/components", "count": 2},
                "notices": {"href": f"{base}/api/v1/notices", "count": 1},
            },
            "created_at": "2029-09-29T09:00:00.000Z",
            "updated_at": "2029-09-29T09:00:00.000Z",
            "as_of": "2030-01-07T09:00:00.000Z",
        }
    }


def test_three_states_are_all_there_are(client: Client, acme: StatusPage) -> None:
    pages.incident(acme, "Deliveries wait", acme.components.get(name="Webhooks"))
    found = ask(client, "components")["components"]
    assert [(one["name"], one["state"]) for one in found] == [("API", "degraded"), ("Webhooks", "degraded")]


def test_components_are_filtered_by_their_parent(client: Client, acme: StatusPage) -> None:
    roots = ask(client, "components", **{"filter[parent_id_null]": "true"})["components"]
    assert [one["name"] for one in roots] == ["API"]
    assert roots[0]["links"]["children"]["count"] == 1
    below = ask(client, "components", **{"filter[parent_id_eq]": str(roots[0]["id"])})["components"]
    assert [one["name"] for one in below] == ["Webhooks"]


def test_one_component_and_its_uptime(client: Client, acme: StatusPage) -> None:
    part = acme.components.get(name="API")
    notice = pages.incident(acme, "Payments fail", part, at=START - timedelta(days=3))
    pages.say(notice, state="resolved", at=START - timedelta(days=3) + timedelta(hours=7, minutes=12))
    found = ask(client, f"components/{part.pk}")["component"]
    assert found["metrics_summary"]["percentage_uptime"] == {"percent": 99.0, "words": "99.00 %"}
    metrics = ask(client, f"components/{part.pk}/metrics", **{"from": "2030-01-04", "to": "2030-01-05"})["metrics"]
    assert metrics["impact_seconds"] == 25_920
    assert metrics["percentage_uptime"]["percent"] == 85.0
    assert metrics["mean_time_to_recovery_seconds"] == 25_920
    assert [day["state"] for day in metrics["days"]] == ["degraded", "operational"]


def test_lists_show_the_latest_update_and_one_notice_all(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail", acme.components.get(name="API"))
    pages.say(notice, "Cause found.", state="identified", at=START + timedelta(minutes=1))
    (listed,) = ask(client, "notices")["notices"]
    assert (listed["latest_update"]["content"], listed["latest_update"]["state"]) == ("Cause found.", "identified")
    assert "updates" not in listed
    assert "begins_at" not in listed
    one = ask(client, f"notices/{notice.pk}")["notice"]
    assert [update["content"] for update in one["updates"]] == ["We look into it.", "Cause found."]
    assert [part["name"] for part in one["components"]] == ["API"]


def test_notices_are_filtered_by_time_and_type(client: Client, acme: StatusPage) -> None:
    pages.say(pages.incident(acme, "Old"), state="resolved", at=START)
    pages.incident(acme, "Now")
    pages.planned(acme, "Later", START + timedelta(days=1))

    def subjects(**filters: str) -> list[str]:
        found = ask(client, "notices", **{f"filter[{name}]": value for name, value in filters.items()})
        return [one["subject"] for one in found["notices"]]

    assert subjects() == ["Later", "Now", "Old"]
    assert subjects(timeline_state_eq="past") == ["Old"]
    assert subjects(timeline_state_eq="past_recent") == ["Old"]
    assert subjects(timeline_state_eq="present") == ["Now"]
    assert subjects(type_eq="planned") == ["Later"]
    assert subjects(type_eq="unplanned", timeline_state_eq="future") == []


def test_the_next_page_keeps_the_filters(client: Client, acme: StatusPage, settings: Any) -> None:
    for n in range(27):
        pages.incident(acme, f"Incident {n}", at=START + timedelta(seconds=n))
    pages.planned(acme, "Later", START + timedelta(days=1))
    first = ask(client, "notices", **{"filter[type_eq]": "unplanned"})
    assert (first["meta"]["count"], first["meta"]["total_count"]) == (25, 27)
    following = first["meta"]["next_page"].removeprefix(settings.TOCSIN_BASE_URL)
    second = client.get(following).json()
    assert [one["subject"] for one in second["notices"]] == ["Incident 1", "Incident 0"]
    assert second["meta"]["next_page"] is None


@pytest.mark.parametrize(
    "query",
    [
        "notices?filter[colour_eq]=red",
        "notices?filter[type_eq]=general",
        "notices?filter[timeline_state_eq]=soon",
        "notices?page=0",
        "notices?page=many",
        "components?filter[parent_id_eq]=x",
        "components?page=99999999999999999999",
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(client: Client, acme: StatusPage, query: str) -> None:
    response = client.get(f"/status/acme/api/v1/{query}")
    assert response.status_code == 400
    assert response.json()["error"] == "bad_request"


@pytest.mark.parametrize("path", ["notices/999", "notices/x", "components/0", "components/9/metrics", "", "users"])
def test_what_is_not_there_is_not_found(client: Client, acme: StatusPage, path: str) -> None:
    response = client.get(f"/status/acme/api/v1/{path}")
    assert (response.status_code, response.json()["error"]) == (404, "not_found")


def test_any_origin_may_read_and_ask_again_with_an_etag(client: Client, acme: StatusPage) -> None:
    first = client.get("/status/acme/api/v1/notices")
    assert first["Access-Control-Allow-Origin"] == "*"
    again = client.get("/status/acme/api/v1/notices", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again["Access-Control-Allow-Origin"]) == (304, "*")
    asked = client.options("/status/acme/api/v1/notices")
    assert (asked.status_code, asked["Access-Control-Allow-Headers"]) == (204, "If-None-Match")
    assert client.post("/status/acme/api/v1/notices").status_code == 405


def test_both_slash_forms_answer_the_same(client: Client, acme: StatusPage) -> None:
    for path in ("status", "components", "notices"):
        plain, slashed = (client.get(f"/status/acme/api/v1/{path}{end}") for end in ("", "/"))
        assert plain.content == slashed.content
        assert plain.status_code == slashed.status_code == 200


def test_the_description_names_every_address(client: Client, acme: StatusPage, settings: Any) -> None:
    found = ask(client, "openapi.json")
    assert found["openapi"] == "3.1.0"
    assert found["servers"] == [{"url": f"{settings.TOCSIN_BASE_URL}/status/acme/api/v1"}]
    keys = {"notices": pages.incident(acme, "Payments fail").pk, "components": acme.components.get(name="API").pk}
    for path in found["paths"]:
        key = keys.get(path.split("/")[1], 0)
        assert client.get(f"/status/acme/api/v1{path.replace('{id}', str(key))}").status_code == 200


def test_nothing_internal_is_told(client: Client, acme: StatusPage) -> None:
    alice = person("alice")
    notice = pages.incident(acme, "Payments fail")
    notice.created_by = alice
    notice.save(update_fields=["created_by"])
    notice.updates.update(author=alice)
    pages.say(notice, "More.", at=START)
    bundle = public.publish(acme, START)
    for path in bundle.files:
        content = bundle.read(path) or b""
        assert b"alice" not in content.lower(), path
