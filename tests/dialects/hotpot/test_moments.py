"""Moments and availabilities: told and uploaded, and nobody is paged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from alerts.models import Alert
from oncall.models import Availability, User
from paging import pages
from paging.models import Moment, MomentDoor, Page
from tests import builders
from tests.conftest import World
from tests.dialects.hotpot.conftest import Answer, Api

HAPPENED = {"name": "Deploy", "type": "near-miss"}


@pytest.fixture
def door(world: World) -> MomentDoor:
    return MomentDoor.objects.create(team=builders.team("ops"))


@pytest.fixture
def tell(api: Api, door: MomentDoor) -> Callable[..., Any]:
    """Post a moment without a key, let the worker come, and return the request's status."""

    def post(body: Any, suffix: str = "") -> Any:
        answer = api.client.post(f"/moment/{door.token}{suffix}", body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        request_id = answer.json()["hotpot_request_id"]
        pages.process(Page.objects.get(request_id=request_id).pk, now=api.world.now)
        return api.status(request_id)

    return post


def test_a_moment_is_queued_recorded_and_pages_nobody(tell: Callable[..., Any], door: MomentDoor, world: World) -> None:
    assert len(door.token) == 52
    found = tell(HAPPENED | {"type": "PAGE", "description": "*all* went well", "priority": "high", "source": "ci"})
    assert (found["status"], found["status_message"], found["errors"]) == ("accepted", "Moment recorded!", [])
    assert found["message_id"].startswith("moment_")
    row = Moment.objects.get()
    assert (row.team, row.name, row.type, row.priority, row.source) == (door.team, "Deploy", "page", "high", "ci")
    assert row.occurred_at == world.now
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": None}, "name can't be blank"),
        ({"name": "x" * 71}, "name is too long (maximum is 70 characters)"),
        ({"type": ""}, "type can't be blank"),
        ({"type": "party"}, "type must be one of alert, incident, near-miss, page"),
        ({"priority": "huge"}, "priority must be one of low, medium, high"),
        ({"source_url": "x"}, "source_url is not a valid URL"),
        ({"occurred_at": "yesterday"}, "occurred_at is not an ISO 8601 time"),
        ({"occurred_at": "2030-13-01T00:00:00Z"}, "occurred_at is not an ISO 8601 time"),
        ({"occurred_at": "2030-01-07T09:00:01Z"}, "occurred_at must be in the past"),
    ],
)
def test_what_is_wrong_with_a_moment_is_told_afterwards(tell: Callable[..., Any], fields: Any, error: str) -> None:
    found = tell(HAPPENED | fields)
    assert (found["status"], found["status_message"]) == ("failed", "Moment could not be created")
    assert found["errors"] == [error]
    assert not Moment.objects.exists()


def test_a_time_without_a_zone_is_utc(tell: Callable[..., Any]) -> None:
    tell(HAPPENED | {"occurred_at": "2030-01-07T08:30:00"})
    assert Moment.objects.get().occurred_at == datetime(2030, 1, 7, 8, 30, tzinfo=UTC)


def test_the_payload_of_another_product_is_understood_by_its_title(tell: Callable[..., Any]) -> None:
    assert tell({"title": "CPU is high", "event": {"id": 1}}, "/datadog")["status"] == "accepted"
    row = Moment.objects.get()
    assert (row.name, row.type) == ("CPU is high", "alert")
    assert '"event"' in row.description
    assert tell({"event": {}}, "/datadog")["errors"] == ["name can't be blank"]


def test_an_unknown_token_is_a_404_and_bad_json_a_400(api: Api, door: MomentDoor) -> None:
    for path, body, status, words in (
        ("/moment/nope", b"{}", 404, "Not Found"),
        (f"/moment/{door.token}", b"{", 400, "Bad Request"),
    ):
        answer = api.send("POST", path, body, Accept="*/*")
        assert (answer.status, answer.body) == (status, {"error": words})


@pytest.fixture
def upload(api: Api) -> Callable[..., Answer]:
    """Send a CSV file."""

    def send(text: str, path: str = "/api/availabilities/upload", **fields: str) -> Answer:
        file = SimpleUploadedFile("off.csv", text.encode(), "text/csv")
        raw = encode_multipart(BOUNDARY, {"file": file, **fields})
        return api.send("POST", path, raw, content_type=MULTIPART_CONTENT)

    return send


CSV = """email,start_time,end_time,name
BOB@example.org,2030-02-01T00:00:00,,
carol@example.org,2030-02-01T09:00:00+01:00,2030-02-02T00:00:00Z,Ski
"""


def test_an_upload_is_previewed_first(upload: Callable[..., Answer], world: World) -> None:
    answer = upload(CSV)
    assert (answer.status, answer.body["ok"]) == (200, True)
    assert "commit=save" in answer.body["message"]
    assert answer.body["availabilities"][0] == {
        "name": "Record created from CSV import",
        "time_range_start": "2030-02-01T00:00:00.000Z",
        "time_range_end": "2030-02-02T00:00:00.000Z",
        "organization_user": {
            "id": f"orguser_{world.bob.public_id.lower()}",
            "username": "bob",
            "email": "bob@example.org",
        },
    }
    assert not Availability.objects.exists()


@pytest.mark.parametrize("path", ["/api/availabilities/upload", "/availabilities/upload", "/availabilities/upload/"])
def test_an_upload_with_commit_is_saved(upload: Callable[..., Answer], world: World, path: str) -> None:
    answer = upload(CSV, path, commit="save")
    assert answer.body["message"] == "2 availability records were created."
    row = Availability.objects.get(user=world.carol)
    assert (row.kind, row.name, row.starts_at) == ("hard_unavailable", "Ski", datetime(2030, 2, 1, 8, tzinfo=UTC))
    assert answer.body["availabilities"][1] == {
        "id": f"avail_{row.public_id.lower()}",
        "organization_user_id": f"orguser_{world.carol.public_id.lower()}",
        "availability_type": "hard_unavailable",
        "name": "Ski",
        "time_range_start": "2030-02-01T08:00:00.000Z",
        "time_range_end": "2030-02-02T00:00:00.000Z",
        "created_at": "2030-01-07T09:00:00Z",
        "updated_at": "2030-01-07T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "email,start_time\nbob@example.org,2030-02-01\nghost@example.org,2030-02-01\n",
            "line 3: No user found with email ghost@example.org",
        ),
        ("email,start_time\nbob@example.org,\n", "line 2: start_time can't be blank"),
        ("email,start_time\nbob@example.org,soon\n", "line 2: start_time: 'soon' is no ISO 8601 time"),
        (
            "email,start_time,end_time\nbob@example.org,2030-02-01,2030-02-01\n",
            "line 2: end_time must be after start_time",
        ),
        ("name\nx\n", "file: the header row lacks email and start_time."),
        ("", "file: the header row lacks email and start_time."),
    ],
)
def test_one_bad_line_fails_the_whole_upload(upload: Callable[..., Answer], text: str, message: str) -> None:
    answer = upload(text, commit="save")
    assert (answer.status, answer.body) == (400, {"ok": False, "message": message})
    assert not Availability.objects.exists()


def test_an_upload_without_a_file_is_refused(api: Api) -> None:
    for raw, kind in ((b"file=x", "application/x-www-form-urlencoded"), (b"{}", "application/json"), (b"", "")):
        answer = api.send("POST", "/availabilities/upload", raw, content_type=kind)
        assert (answer.status, answer.body["ok"]) == (400, False)


def test_an_absent_person_is_paged_all_the_same(api: Api, upload: Callable[..., Answer], world: World) -> None:
    upload("email,start_time\nbob@example.org,2030-01-07T00:00:00\n", commit="save")
    api.page("person", recipient="bob@example.org")
    assert [name for _, name in world.asked] == ["bob"]
    assert User.objects.get(pk=world.bob.pk).availabilities.count() == 1
