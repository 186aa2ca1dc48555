"""Who is let in, what is a synchronous error, and the exact envelope of everything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from oncall.models import User
from oncall.services import keys
from paging.models import Page
from tests import builders
from tests.conftest import World
from tests.dialects.hotpot.conftest import Api

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
BODY = {"title": "This tiny title tells the tale", "text": "A more verbose discussion", "recipient": "bob@example.org"}
SANDWICH = b"""{
  "text": "The peanut butter dispenser is jammed and requires maintenance."
  "title": "SandwichBot needs attention"
  "recipient": "fred@example.com"
}"""
ADDRESSES = [
    ("POST", "/page/person"),
    ("POST", "/page/team"),
    ("GET", "/page/person"),
    ("GET", "/page/nothing"),
    ("GET", "/request/f1e5ae0a-f90c-4dac-affa-2eda897f5c3f/status"),
    ("GET", "/request/nonsense/acknowledgements"),
    ("POST", "/availabilities/upload"),
]


@pytest.mark.parametrize("kind", ["person", "team"])
def test_a_page_is_queued_with_exactly_this_answer(api: Api, kind: str) -> None:
    answer = api("POST", f"/page/{kind}", BODY)
    request_id = answer.body["hotpot_request_id"]
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert UUID4.fullmatch(request_id)
    assert answer.body == {
        "hotpot_request_id": request_id,
        "response": {"success": True, "message": "Your request has been queued."},
    }
    assert [list(answer.body), list(answer.body["response"])] == [
        ["hotpot_request_id", "response"],
        ["success", "message"],
    ]


def test_the_row_is_stored_before_the_answer_together_with_its_task(api: Api, queued: Callable[[], int]) -> None:
    request_id = api.queue("person", **BODY)
    page = Page.objects.get(request_id=request_id)
    assert (page.kind, page.user, page.outcome, page.created_at) == ("person", api.user, "pending", api.world.now)
    assert queued() == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b'{"title": "a"',
        b'{"title": "a",}',
        b"{'title': 'a'}",
        b'{"title":"a" "text":"b"}',
        SANDWICH,
        b'{"error: "Bad Request"}',
        b'{"title": "\xff"}',
        b'\xef\xbb\xbf{"title": "a"}',
        b'{"title": NaN}',
        b'{"title": "a\nb"}',
        b"[" * 200_000,
        b"title=a&text=b",
    ],
)
def test_what_is_no_json_is_a_400_and_leaves_nothing(api: Api, queued: Callable[[], int], raw: bytes) -> None:
    for path in ("/page/person", "/page/team"):
        answer = api.send("POST", path, raw)
        assert (answer.status, answer.body) == (400, {"error": "Bad Request"})
    assert (Page.objects.count(), queued()) == (0, 0)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_json_is_read_whatever_type_it_announces(api: Api, content_type: str) -> None:
    raw = b'{"title": "a", "text": "b", "recipient": "bob@example.org"}'
    assert api.send("POST", "/page/person", raw, content_type=content_type).status == 200
    assert api.send("POST", "/page/person", b"a=b", content_type=content_type).status == 400


def test_a_body_over_one_mebibyte_is_a_413(api: Api) -> None:
    for size, status in ((1024 * 1024, 200), (1024 * 1024 + 1, 413), (6 * 1024 * 1024, 413)):
        raw = b'{"title": "' + b"x" * (size - 13) + b'"}'
        assert len(raw) == size
        answer = api.send("POST", "/page/person", raw)
        assert answer.status == status
    assert answer.body == {"error": "Payload Too Large"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*"},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer garbage"},
        {"Authorization": "Basic Zm9vOmJhcg=="},
    ],
)
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_without_a_key_everything_is_a_401_before_anything_is_read(
    api: Api, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = api.send(method, path, b'{"broken', **headers)
    assert (answer.status, answer.body) == (401, {"error": "Unauthorized"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_and_the_key_of_an_inactive_person_are_a_401(api: Api, world: World) -> None:
    keys.revoke(api.row, now=world.now)
    assert api("POST", "/page/person", BODY).status == 401
    _, token = keys.issue_key(world.bob, now=world.now)
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    assert api.send("POST", "/page/person", b"{}", Authorization=f"Bearer {token}").status == 401


def test_the_key_opens_whatever_the_case_of_bearer_but_not_alone(api: Api) -> None:
    statuses = [
        api.send("POST", "/page/person", b"{}", Authorization=f"{word}{api.key}").status
        for word in ("Bearer ", "bearer ", "BEARER   ", "", "Token ")
    ]
    assert statuses == [200, 200, 200, 401, 401]


def test_a_viewer_reads_and_pages_nobody(api: Api, api_of: Callable[[User], Api]) -> None:
    viewer = api_of(builders.person("vera", role="viewer"))
    answer = viewer("POST", "/page/person", BODY)
    assert (answer.status, answer.body) == (403, {"error": "Forbidden"})
    assert viewer.status(api.queue("person", **BODY))["status"] == "pending"


@pytest.mark.parametrize("path", ["/page/person", "/page/team", "/page/person/"])
def test_another_method_is_a_405_that_names_the_right_one(api: Api, path: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = api(method, path)
        assert (answer.status, answer.body) == (405, {"error": "Method Not Allowed"})
        assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/page", "/page/", "/page/nobody", "/request", "/request/x", "/request/x/y", "/moment"]
)
def test_an_unknown_address_is_a_404_in_this_dialect(api: Api, path: str) -> None:
    for method in ("GET", "POST"):
        answer = api(method, path, {})
        assert (answer.status, answer.body) == (404, {"error": "Not Found"})


def test_a_final_slash_makes_no_difference(api: Api) -> None:
    answer = api("POST", "/page/person/", BODY)
    assert answer.status == 200
    request_id = answer.body["hotpot_request_id"]
    for what in ("status", "acknowledgements"):
        with_slash, without = (api("GET", f"/request/{request_id}/{what}{slash}") for slash in ("/", ""))
        assert (with_slash.status, with_slash.body) == (200, without.body)


def test_a_request_is_found_whatever_the_case_of_its_id(api: Api) -> None:
    request_id = api.queue("person", **BODY)
    assert api.status(request_id.upper()) == api.status(request_id)


@pytest.mark.parametrize("what", ["status", "acknowledgements"])
@pytest.mark.parametrize("wrong", ["nope", "1", "f1e5ae0a-f90c-4dac-affa-2eda897f5c3f", "{}", "urn:uuid:x", "%00"])
def test_an_unknown_request_is_a_404(api: Api, what: str, wrong: str) -> None:
    answer = api("GET", f"/request/{wrong}/{what}")
    assert (answer.status, answer.body) == (404, {"error": "Not Found"})


def test_an_id_without_hyphens_is_no_uuid(api: Api) -> None:
    assert api("GET", f"/request/{api.queue('person').replace('-', '')}/status").status == 404


def test_any_key_may_read_a_request(api: Api, api_of: Callable[[User], Api], world: World) -> None:
    request_id = api.queue("person", **BODY)
    assert api_of(world.carol).status(request_id) == api.status(request_id)


def test_a_bug_of_ours_is_a_500_in_this_dialect(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("paging.pages.accept", fail)
    api.client.raise_request_exception = False
    answer = api("POST", "/page/person", BODY)
    assert (answer.status, answer.body) == (500, {"error": "Internal Server Error"})
