from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet

from alerts.api.grafana.urls import router as alerts_router
from oncall.api.urls import router as oncall_router
from oncall.models import EscalationChain, User
from oncall.services import keys
from paging.api.grafana_urls import router as paging_router
from tests.dialects.oncall.conftest import NOW, Api, envelope

LISTS = [
    "escalation_chains",
    "escalation_policies",
    "users",
    "teams",
    "user_groups",
    "organizations",
    "personal_notification_rules",
    "schedules",
    "on_call_shifts",
    "shift_swaps",
    "slack_channels",
    "webhooks",
    "actions",
]
WRITABLE = [
    "escalation_chains",
    "escalation_policies",
    "personal_notification_rules",
    "schedules",
    "on_call_shifts",
    "shift_swaps",
    "webhooks",
    "actions",
]
ROUTERS = [oncall_router, alerts_router, paging_router]


@pytest.mark.parametrize("spelling", ["{}", "Bearer {}", "bearer {}", "Token {}", "  {} "])
def test_the_key_may_be_sent_raw_or_after_a_scheme(api: Api, spelling: str) -> None:
    assert Api(spelling.format(api.key), Client())("GET", "teams").status == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic cm9vdDpyb290", "0" * 64, "Bearer " + "0" * 64, "ü"])
@pytest.mark.django_db
def test_without_a_known_key_every_address_answers_403(header: str) -> None:
    for path in LISTS:
        answer = Api(header, Client())("GET", path)
        assert (answer.status, answer.body) == (403, {"detail": "Invalid token."})
        assert "WWW-Authenticate" not in answer.headers


def test_a_revoked_key_answers_403(admin: User) -> None:
    key, token = keys.issue_key(admin, now=NOW)
    keys.revoke(key, now=NOW)
    assert Api(token, Client())("GET", "teams").body == {"detail": "Invalid token."}


def test_the_key_of_somebody_who_left_answers_403(admin: User, api: Api) -> None:
    User.objects.filter(pk=admin.pk).update(is_active=False)
    answer = api("GET", "teams")
    assert (answer.status, answer.body) == (
        403,
        {"detail": "Only active users are allowed to perform this action."},
    )


def test_the_last_use_of_a_key_is_the_instant_of_the_request(admin: User, time_machine: Any) -> None:
    time_machine.move_to(datetime(2030, 1, 7, 12, 30, tzinfo=UTC), tick=False)
    key, token = keys.issue_key(admin, now=NOW)
    Api(token, Client())("GET", "teams")
    key.refresh_from_db()
    assert key.last_used_at == datetime(2030, 1, 7, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("path", WRITABLE)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_viewer_reads_and_writes_nothing(viewer_api: Api, path: str, method: str) -> None:
    assert viewer_api("GET", path).status == 200
    answer = viewer_api(method, path if method == "POST" else f"{path}/X1", {})
    assert (answer.status, answer.body) == (
        403,
        {"detail": "You do not have permission to perform this action."},
    )


def test_an_editor_edits_rules_but_configures_nothing(editor_api: Api) -> None:
    assert editor_api("POST", "escalation_chains", {"name": "x"}).status == 403
    assert editor_api("POST", "escalation_policies", {}).status == 403
    assert editor_api("POST", "personal_notification_rules", {}).status == 400


@pytest.mark.parametrize("path", LISTS)
def test_every_address_takes_both_slash_forms_and_a_prefix(api: Api, path: str) -> None:
    for address in (f"/api/v1/{path}", f"/api/v1/{path}/", f"/oncall/api/v1/{path}/"):
        assert Client().get(address, headers={"Authorization": api.key}).status_code == 200


def test_an_empty_list_is_an_envelope_too(api: Api) -> None:
    assert api.get("escalation_chains") == envelope()


@pytest.mark.parametrize(
    ("query", "names", "after", "before"),
    [
        ("perpage=2", ["c0", "c1"], "?perpage=2&page=2", None),
        ("perpage=2&page=2", ["c2", "c3"], "?perpage=2&page=3", "?perpage=2"),
        ("page=3&perpage=2", ["c4"], None, "?perpage=2&page=2"),
        ("perpage=2&page=99", ["c4"], None, "?perpage=2&page=2"),
        ("perpage=2&page=0", ["c0", "c1"], "?perpage=2&page=2", None),
        ("perpage=2&page=-1", ["c0", "c1"], "?perpage=-&page=2", None),
        ("perpage=2&page=x", ["c0", "c1"], "?perpage=2&page=2", None),
        ("perpage=2&page=" + "9" * 5000, ["c0", "c1"], "?perpage=2&page=2", None),
        ("perpage=4&page=2&team_id=null", ["c4"], None, "?perpage=4&team_id=null"),
    ],
)
def test_pages_are_read_leniently_and_linked_on_the_public_address(
    api: Api, query: str, names: list[str], after: str | None, before: str | None
) -> None:
    for number in range(5):
        EscalationChain.objects.create(name=f"c{number}")
    page = api.get(f"escalation_chains/?{query}")
    base = "https://tocsin.example.org/api/v1/escalation_chains/"
    assert [row["name"] for row in page["results"]] == names
    assert page["next"] == (after and base + after.replace("-&", "2&"))
    assert page["previous"] == (before and base + before)
    assert (page["count"], page["total_pages"]) == (5, 2 if "perpage=4" in query else 3)


@pytest.mark.parametrize(("asked", "size"), [("101", 100), ("100", 100), ("0", 50), ("x", 50), ("-3", 50), ("7", 7)])
def test_a_page_has_at_most_a_hundred_rows(api: Api, asked: str, size: int) -> None:
    EscalationChain.objects.bulk_create(EscalationChain(name=f"c{number}") for number in range(101))
    page = api.get(f"escalation_chains?perpage={asked}")
    assert (page["page_size"], len(page["results"])) == (size, size)


def test_the_link_to_the_first_page_is_bare(api: Api) -> None:
    EscalationChain.objects.bulk_create(EscalationChain(name=f"c{number}") for number in range(51))
    assert api.get("escalation_chains?page=2")["previous"] == "https://tocsin.example.org/api/v1/escalation_chains"


def test_an_unknown_id_is_not_found(api: Api, editor_api: Api) -> None:
    chain = EscalationChain.objects.create(name="x")
    public_id = chain.public_id
    wrong = ["FNOSUCHCHAIN1", public_id, f"E{public_id}", f"F{public_id.lower()}", "F", "%00", "F%00", "Fé"]
    for each in wrong:
        answer = api("GET", f"escalation_chains/{each}/")
        assert (answer.status, answer.body) == (404, {"detail": "Not found."})
    assert api("GET", f"escalation_chains/F{public_id}").status == 200


@pytest.mark.parametrize("path", ["", "nothing/", "escalation_chains/F1/more", "escalation_chains/F.1/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_address_answers_json(api: Api, path: str, method: str) -> None:
    answer = api(method, path, {})
    assert (answer.status, answer.body) == (404, {"detail": "Not found."})


def test_the_root_without_its_slash_answers_json_too(api: Api) -> None:
    for address in ("/api/v1", "/oncall/api/v1"):
        assert Client().get(address).json() == {"detail": "Not found."}
    assert Client().get("/elsewhere").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", LISTS)
def test_every_address_answers_head_and_options(api: Api, plans: Callable[[int], None], path: str) -> None:
    plans(1)
    listed = api.get(path)["results"]
    addresses = [path, *[f"{path}/{row['id']}" for row in listed[:1] if path != "user_groups"]]
    for address in addresses:
        assert api("OPTIONS", address).status == 200
        answer = api("HEAD", address)
        assert (answer.status, answer.body) == (200, None)


@pytest.mark.parametrize("path", LISTS)
def test_strange_query_parameters_break_nothing(api: Api, path: str) -> None:
    names = ["name", "team_id", "escalation_chain_id", "username", "email", "roles", "short", "user_id", "important"]
    names += ["schedule_id", "starting_after", "beneficiary", "benefactor", "open_only", "expand_users", "channel_name"]
    for name in [*names, "slack_handle", "page", "perpage"]:
        for value in ("%00", "%FF", "[]", "%F0%9F%94%A5", "9" * 400, "'"):
            assert api("GET", f"{path}?{name}={value}").status in (200, 400)


def test_a_verb_that_an_address_lacks_is_a_405(api: Api) -> None:
    answer = api("POST", "users/", {})
    assert (answer.status, answer.body) == (405, {"detail": 'Method "POST" not allowed.'})
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_another_content_type_is_a_415(api: Api) -> None:
    answer = api.send("POST", "escalation_chains/", "name=x", "text/plain")
    assert (answer.status, answer.body) == (
        415,
        {"detail": 'Unsupported media type "text/plain" in request.'},
    )


@pytest.mark.parametrize("raw", ["{", '{"name": "x",}', "{'name': 1}", "[" * 100_000, '{"name": NaN}', b"\xff"])
def test_broken_json_is_a_400_that_says_so(api: Api, raw: str | bytes) -> None:
    answer = api.send("POST", "escalation_chains/", raw, "application/json")
    assert answer.status == 400
    assert list(answer.body) == ["detail"]
    assert answer.body["detail"].startswith("JSON parse error - ")


def test_a_body_larger_than_the_limit_is_a_413(api: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20
    assert api("POST", "escalation_chains/", {"name": "12345"}).status == 201
    answer = api("POST", "escalation_chains/", {"name": "12345678901"})
    assert (answer.status, answer.body) == (413, {"detail": "Request body too large."})


@pytest.mark.parametrize("path", WRITABLE)
@pytest.mark.parametrize("body", [[], "text", 1, True])
def test_a_body_that_is_no_object_is_a_400(api: Api, path: str, body: Any) -> None:
    kind = type(body).__name__
    assert api.refused("POST", path, body) == {
        "non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]
    }


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_a_fixed_number_of_queries(
    api: Api,
    path: str,
    plans: Callable[[int], None],
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    prefetches = {"escalation_policies": 1, "users": 1, "organizations": 1, "on_call_shifts": 3, "schedules": 10}
    plans(1)
    api.get(path)
    cost = 3 + prefetches.get(path, 0)  # the key, the count, the page
    if path == "slack_channels":
        cost = 1
    with django_assert_num_queries(cost):
        api.get(path)
    plans(5)
    with django_assert_num_queries(cost):
        assert api.get(path)["count"] >= {"organizations": 1, "slack_channels": 0}.get(path, 6)


def test_every_address_is_a_view_set_that_declares_what_it_takes_and_gives() -> None:
    for path, view, _ in [entry for router in ROUTERS for entry in router.registry]:
        assert issubclass(view, GenericViewSet), path
        assert view.serializer_class is not None, path
        assert not issubclass(view, ListModelMixin) or getattr(view, "filterset_class", None), path


def test_the_schema_is_generated_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    schema = SchemaGenerator(patterns=[url for router in ROUTERS for url in router.urls]).get_schema(
        request=None, public=True
    )
    assert not GENERATOR_STATS, (GENERATOR_STATS._warn_cache, GENERATOR_STATS._error_cache)
    form = schema["paths"]["/escalation_policies/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert form == {"$ref": "#/components/schemas/PolicyForm"}
