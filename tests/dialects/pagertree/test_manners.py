"""Who is let in, and how the PagerTree API says that something is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from alerts.api.alert import AlertViewSet
from alerts.models import Alert
from oncall.services import keys
from tests import builders
from tests.conftest import World
from tests.dialects.pagertree.conftest import Api, errors_of

ADDRESSES = [
    ("GET", "/alert"),
    ("POST", "/alert"),
    ("GET", "/alert/alt_nope"),
    ("PUT", "/alert/alt_nope"),
    ("DELETE", "/alert/alt_nope"),
    *[("POST", f"/alert/alt_nope/{verb}") for verb in ("acknowledge", "reject", "resolve", "archive", "handoff")],
    ("GET", "/alert/alt_nope/nothing"),
    ("PATCH", "/alert/alt_nope"),
]


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "garbage"},
        {"Authorization": "Basic Zm9vOmJhcg=="},
    ],
)
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_without_a_key_every_address_is_a_401_before_anything_is_read(
    method: str, path: str, headers: dict[str, str], alice: Api
) -> None:
    answer = alice.send(method, path, b'{"broken', **headers)
    assert errors_of(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_key_opens_raw_after_bearer_and_as_a_pair(alice: Api) -> None:
    pair = {"x_api_key": alice.row.prefix, "x_api_secret": alice.key}
    bearer = [{"Authorization": f"{word} {alice.key}"} for word in ("Bearer", "bearer", "BEARER")]
    for headers in ({"Authorization": alice.key}, *bearer, pair):
        assert alice.send("GET", "/alert", b"", **headers).status == 200


def test_half_a_pair_a_wrong_pair_and_a_wrong_header_beside_a_right_pair_open_nothing(alice: Api, bob: Api) -> None:
    right = {"x_api_key": alice.row.prefix, "x_api_secret": alice.key}
    for headers in (
        {"x_api_key": alice.row.prefix},
        {"x_api_secret": alice.key},
        right | {"x_api_key": bob.row.prefix},
        right | {"x_api_key": alice.key},
        right | {"x_api_secret": "é"},
        right | {"Authorization": "garbage"},
    ):
        assert errors_of(alice.send("GET", "/alert", b"", **headers), 401)


def test_a_revoked_key_and_a_disabled_person_are_not_let_in(alice: Api, bob: Api, world: World) -> None:
    keys.revoke(alice.row, now=world.now)
    type(world.bob).objects.filter(pk=world.bob.pk).update(is_active=False)
    for api in (alice, bob):
        api.refused(401, "GET", "/alert")


def test_a_viewer_reads_and_does_nothing_else(alice: Api, ops: str, world: World) -> None:
    made = alice.create(ops)
    viewer = Api(world, builders.person("victor", role="viewer"))
    assert viewer.get(f"/alert/{made['id']}") == made
    assert viewer.get("/alert")["total_count"] == 1
    for method, path in ADDRESSES[1:2] + ADDRESSES[3:10]:
        viewer.refused(403, method, path.replace("alt_nope", made["id"]), {})
    assert alice.get("/alert")["data"] == [made]


@pytest.mark.parametrize("alert", ["alt_nope", "nope", "usr_AAAAAAAAAAAA", "alt_", "_", "alt_%00", "alt_%FF", "é"])
def test_an_id_that_is_none_is_a_404(alert: str, alice: Api) -> None:
    for method, verb in [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/acknowledge"), ("POST", "/handoff")]:
        alice.refused(404, method, f"/alert/{alert}{verb}", {"to": alice.id})


def test_an_unknown_address_is_a_404_and_an_unknown_method_a_405(alice: Api, ops: str) -> None:
    path = f"/alert/{alice.create(ops)['id']}"
    for method in ("GET", "POST"):
        alice.refused(404, method, f"{path}/nothing")
        alice.refused(404, method, f"{path}/acknowledge/deeper")
    for method, wrong in [
        ("PATCH", path),
        ("POST", path),
        ("DELETE", "/alert"),
        ("PUT", "/alert"),
        ("GET", f"{path}/acknowledge"),
        ("PUT", f"{path}/handoff"),
    ]:
        alice.refused(405, method, wrong, {})


@pytest.mark.parametrize("raw", [b'{"title":', b"[]", b'"text"', b"7", b"null", b"\xff"])
def test_a_body_that_is_no_object_is_a_400_everywhere(raw: bytes, alice: Api, ops: str) -> None:
    path = f"/alert/{alice.create(ops)['id']}"
    for method, where in [
        ("POST", "/alert"),
        ("PUT", path),
        ("POST", f"{path}/acknowledge"),
        ("POST", f"{path}/handoff"),
    ]:
        assert errors_of(alice.send(method, where, raw), 400)
    assert alice.get(path)["status"] == "open"


def test_nothing_and_an_empty_object_are_the_same_to_a_verb_and_unknown_keys_do_not_matter(
    alice: Api, ops: str
) -> None:
    for raw in (b"", b" \n", b"{}", b'{"status": "resolved", "user": "usr_x"}'):
        path = f"/alert/{alice.create(ops)['id']}/acknowledge"
        answer = alice.send("POST", path, raw)
        assert (answer.status, answer.body["status"], answer.body["acknowledgedby"]) == (200, "acknowledged", alice.id)


def test_a_body_is_read_as_json_whatever_it_is_called(alice: Api, ops: str) -> None:
    raw = f'{{"title": "Hello", "destination_ids": ["{ops}"]}}'.encode()
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-8"):
        assert alice.send("POST", "/alert", raw, content_type=content_type).status == 200


def test_a_body_over_the_limit_is_a_413(alice: Api, ops: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 200)
    alice.refused(413, "POST", "/alert", {"title": "x" * 200, "destination_ids": [ops]})
    assert alice.create(ops)["title"] == "Hello World"


def test_every_address_is_routed_with_and_without_a_final_slash_and_under_its_version(alice: Api, ops: str) -> None:
    made = alice.create(ops)
    for path in ("/alert/", f"/alert/{made['id']}/", "/api/v3/alert", f"/api/v3/alert/{made['id']}/"):
        assert alice.get(path)
    for verb in ("acknowledge/", "resolve/", "archive/"):
        assert alice("POST", f"/alert/{made['id']}/{verb}").status == 200
    alice.refused(404, "GET", "/api/v3/alert/x/y")


def test_a_browser_may_ask_first_without_a_key(alice: Api) -> None:
    for path in ("/alert", "/alert/alt_nope", "/alert/alt_nope/acknowledge", "/alert/a/b/c"):
        answer = alice.send("OPTIONS", path, b"", Origin="https://example.org")
        assert (answer.status, answer.body) == (204, None)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE, OPTIONS"
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert {"authorization", "x-api-key", "x-api-secret", "content-type"} == set(allowed.split(", "))


def test_every_answer_is_json_in_utf8_and_open_to_browsers(alice: Api, ops: str) -> None:
    for answer in (
        alice("GET", "/alert"),
        alice("GET", "/alert/alt_nope"),
        alice("PATCH", "/alert"),
        alice.send("GET", "/alert", b"", Accept="text/html", Authorization=alice.key),
    ):
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_our_own_fault_is_a_500_in_the_same_shape_that_tells_nothing(
    alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(AlertViewSet, "filter_queryset", broken)
    alice.client.raise_request_exception = False
    answer = alice("GET", "/alert")
    assert errors_of(answer, 500) == ["Something went wrong on our side."]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_bug_is_heard_of(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(AlertViewSet, "filter_queryset", broken)
    with pytest.raises(RuntimeError, match="secret"):
        alice("GET", "/alert")


def test_an_alert_that_is_deleted_meanwhile_is_a_404(alice: Api, ops: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/alert/{alice.create(ops)['id']}"
    found = Alert.objects.get()
    monkeypatch.setattr(AlertViewSet, "get_object", lambda self: found)
    Alert.objects.all().delete()
    for method, verb in [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/acknowledge"),
        ("POST", "/reject"),
        ("POST", "/handoff"),
    ]:
        alice.refused(404, method, path + verb, {"to": alice.id, "title": "x"})
