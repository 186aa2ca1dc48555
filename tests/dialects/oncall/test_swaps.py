from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from oncall.models import ShiftSwap, User
from tests.dialects.oncall.conftest import NOW, Api, envelope

PATH = "shift_swaps/"
START, END = "2030-01-08T12:00:00.000000Z", "2030-01-09T12:00:00.000000Z"
STAMP = "2030-01-07T09:00:00.000000Z"
FUTURE = {"non_field_errors": ["swap_start must be a datetime in the future"]}
ORDER = {"non_field_errors": ["swap_end must occur after swap_start"]}
REQUIRED = {name: ["This field is required."] for name in ("schedule", "swap_start", "swap_end")}
FORMAT = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."


@pytest.fixture(autouse=True)
def monday(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def alice(person: Callable[..., User]) -> str:
    return f"U{person('alice').public_id}"


@pytest.fixture
def bob(person: Callable[..., User]) -> str:
    return f"U{person('bob').public_id}"


@pytest.fixture
def rota(editor_api: Api, alice: str) -> dict[str, Any]:
    """Alice, every day from eight to sixteen."""
    shift = editor_api.post(
        "on_call_shifts",
        {
            "type": "recurrent_event",
            "start": "2030-01-07T08:00:00",
            "duration": 28800,
            "frequency": "daily",
            "users": [alice],
        },
    )
    made: dict[str, Any] = editor_api.post("schedules", {"name": "x", "type": "calendar", "shifts": [shift["id"]]})
    return made


@pytest.fixture
def ask(editor_api: Api, rota: dict[str, Any], alice: str) -> Callable[..., Any]:
    def make(**fields: Any) -> Any:
        body = {"schedule": rota["id"], "swap_start": START, "swap_end": END, "beneficiary": alice}
        return editor_api.post(PATH, {**body, **fields})

    return make


def piece(rota: dict[str, Any], user: dict[str, Any], start: str, end: str) -> dict[str, Any]:
    return {
        "all_day": False,
        "start": f"2030-01-{start}:00:00Z",
        "end": f"2030-01-{end}:00:00Z",
        "users": [user],
        "missing_users": [],
        "priority_level": 0,
        "source": "api",
        "calendar_type": 0,
        "is_empty": False,
        "is_gap": False,
        "is_override": False,
        "shift": {"pk": rota["shifts"][0]},
    }


def shown(name: str, pk: str) -> dict[str, Any]:
    return {"display_name": name, "email": f"{name}@example.org", "pk": pk, "avatar_full": ""}


def test_a_swap_is_asked_for_taken_and_obeyed(
    editor_api: Api, ask: Callable[..., Any], rota: dict[str, Any], alice: str, bob: str, time_machine: Any
) -> None:
    made = ask(description="Dentist", swap_start="2030-01-08T13:00:00+01:00")
    request = {"pk": made["id"]}
    asked = {**shown("alice", alice), "swap_request": request}
    assert made == {
        "id": made["id"],
        "created_at": STAMP,
        "updated_at": STAMP,
        "schedule": rota["id"],
        "swap_start": START,
        "swap_end": END,
        "description": "Dentist",
        "status": "open",
        "beneficiary": alice,
        "benefactor": None,
        "shifts": [piece(rota, asked, "08T12", "08T16"), piece(rota, asked, "09T08", "09T12")],
    }
    assert made["id"].startswith("SSR")
    assert len(made["id"]) == 15
    listed = {name: value for name, value in made.items() if name != "shifts"}
    assert editor_api.get(PATH) == envelope(listed)
    assert editor_api.get(f"{PATH}{made['id']}") == made

    answer = editor_api("POST", f"{PATH}{made['id']}/take", {"benefactor": bob})
    done = {**shown("bob", bob), "swap_request": {**request, "user": shown("alice", alice)}}
    assert (answer.status, answer.body) == (
        200,
        {
            **made,
            "status": "taken",
            "benefactor": bob,
            "shifts": [piece(rota, done, "08T12", "08T16"), piece(rota, done, "09T08", "09T12")],
        },
    )
    time_machine.move_to(NOW + timedelta(days=1, hours=3), tick=False)
    assert editor_api.get(f"schedules/{rota['id']}")["on_call_now"] == [bob]
    assert editor_api("DELETE", f"{PATH}{made['id']}").status == 204
    assert editor_api.get(f"schedules/{rota['id']}")["on_call_now"] == [alice]
    assert editor_api("GET", f"{PATH}{made['id']}").status == 404
    assert editor_api("DELETE", f"{PATH}{made['id']}").status == 404


def test_nobody_takes_it_in_time_and_it_is_past_due(
    editor_api: Api, ask: Callable[..., Any], rota: dict[str, Any], alice: str, bob: str, time_machine: Any
) -> None:
    made = ask()
    time_machine.move_to(NOW + timedelta(days=1, hours=3), tick=False)
    assert editor_api.get(f"{PATH}{made['id']}")["status"] == "past_due"
    assert editor_api.get(PATH) == envelope()
    assert editor_api.get(f"{PATH}?starting_after=2030-01-01T00:00:00Z")["count"] == 1
    assert editor_api.get(f"schedules/{rota['id']}")["on_call_now"] == [alice]
    assert editor_api.refused("POST", f"{PATH}{made['id']}/take", {"benefactor": bob}) == {
        "detail": "The shift swap request is not in a state which allows it to be taken"
    }


def test_what_taking_refuses(
    editor_api: Api, ask: Callable[..., Any], alice: str, bob: str, person: Callable[..., User]
) -> None:
    path = f"{PATH}{ask()['id']}/take"
    viewer = f"U{person('victor', 'viewer').public_id}"
    for body, text in [
        ({}, "benefactor user ID is required"),
        ({"benefactor": ""}, "benefactor user ID is required"),
        ([], "benefactor user ID is required"),
        ({"benefactor": "UNOBODY"}, "Invalid benefactor user ID"),
        ({"benefactor": viewer}, "Invalid benefactor user ID"),
        ({"benefactor": alice}, "A shift swap request cannot be created and taken by the same user"),
    ]:
        assert editor_api.refused("POST", path, body) == {"detail": text}
    assert editor_api("POST", path, {"benefactor": bob}).status == 200
    for benefactor, text in [
        (bob, "The shift swap request is not in a state which allows it to be taken"),
        (alice, "A shift swap request cannot be created and taken by the same user"),
    ]:
        assert editor_api.refused("POST", path, {"benefactor": benefactor}) == {"detail": text}
    assert editor_api("POST", f"{PATH}SSRNOSUCHSWAP1/take", {"benefactor": bob}).status == 404


def test_a_viewer_takes_nothing(viewer_api: Api, ask: Callable[..., Any], bob: str) -> None:
    assert viewer_api("POST", f"{PATH}{ask()['id']}/take", {"benefactor": bob}).status == 403


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"schedule": "SNOSUCHPLACE"}, {"schedule": ["Object does not exist"]}),
        ({"schedule": ""}, {"schedule": ["This field may not be null."]}),
        ({"swap_start": "2030-01-08T12:00:00"}, {"swap_start": [FORMAT]}),
        ({"swap_end": 7}, {"swap_end": [FORMAT]}),
        ({"swap_start": "2030-01-07T09:00:00Z"}, FUTURE),
        ({"swap_start": "2030-01-06T09:00:00Z", "swap_end": "2030-01-05T09:00:00Z"}, FUTURE),
        ({"swap_end": START}, ORDER),
        ({"swap_end": "2030-01-08T11:00:00Z"}, ORDER),
        ({"description": "x" * 3001}, {"description": ["Ensure this field has no more than 3000 characters."]}),
        ({"beneficiary": None}, {"detail": "beneficiary user ID is required"}),
        ({"beneficiary": "UNOBODY"}, {"detail": "Invalid beneficiary user ID"}),
        ({"beneficiary": ["U1"]}, {"detail": "Invalid beneficiary user ID"}),
    ],
)
def test_what_a_swap_refuses(
    editor_api: Api, rota: dict[str, Any], alice: str, fields: dict[str, Any], refusal: dict[str, Any]
) -> None:
    body = {"schedule": rota["id"], "swap_start": START, "swap_end": END, "beneficiary": alice}
    assert editor_api.refused("POST", PATH, {**body, **fields}) == refusal
    assert not ShiftSwap.objects.exists()


def test_the_times_are_looked_at_before_the_beneficiary(editor_api: Api, rota: dict[str, Any]) -> None:
    assert editor_api.refused("POST", PATH, {"schedule": rota["id"], "swap_start": START, "swap_end": START}) == ORDER
    assert editor_api.refused("POST", PATH, {}) == REQUIRED


def test_an_update_moves_a_swap_but_never_its_beneficiary(
    editor_api: Api, ask: Callable[..., Any], bob: str, time_machine: Any
) -> None:
    made = ask()
    path = f"{PATH}{made['id']}"
    time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    later = "2030-01-07T10:00:00.000000Z"
    changed = editor_api("PATCH", path, {"description": "x", "beneficiary": bob, "benefactor": bob}).body
    assert changed == {**made, "description": "x", "updated_at": later}
    assert editor_api.refused("PATCH", path, {"swap_start": START}) == {
        "non_field_errors": [
            "when doing a partial update on time related fields, both start and end times must be specified"
        ]
    }
    assert editor_api.refused("PATCH", path, {"swap_start": STAMP, "swap_end": END}) == FUTURE
    assert editor_api.refused("PUT", path, {"description": "y"}) == REQUIRED
    moved = editor_api.put(path, {**made, "swap_end": "2030-01-08T13:00:00Z"})
    assert (moved["swap_end"], len(moved["shifts"])) == ("2030-01-08T13:00:00.000000Z", 1)


def test_swaps_are_found_by_start_schedule_people_and_openness(
    editor_api: Api, ask: Callable[..., Any], rota: dict[str, Any], alice: str, bob: str
) -> None:
    late = ask(swap_start="2030-01-20T00:00:00Z", swap_end="2030-01-21T00:00:00Z")["id"]
    soon = ask()["id"]
    editor_api("POST", f"{PATH}{late}/take", {"benefactor": bob})
    for query, found in [
        ("", [soon, late]),
        ("starting_after=2030-01-08T12:00:00Z", [soon, late]),
        ("starting_after=2030-01-10T00:00:00%2B01:00", [late]),
        (f"schedule_id={rota['id']}", [soon, late]),
        ("schedule_id=SNOSUCHPLACE", []),
        (f"beneficiary={alice}", [soon, late]),
        (f"beneficiary={bob}", []),
        (f"benefactor={bob}", [late]),
        ("open_only=true", [soon]),
        ("open_only=false", [soon, late]),
    ]:
        assert [row["id"] for row in editor_api.get(f"{PATH}?{query}")["results"]] == found, query
    assert editor_api.refused("GET", f"{PATH}?starting_after=tomorrow") == [FORMAT]


def test_people_are_expanded_on_demand(editor_api: Api, ask: Callable[..., Any], alice: str, bob: str) -> None:
    made = ask()
    editor_api("POST", f"{PATH}{made['id']}/take", {"benefactor": bob})
    for found in (
        editor_api.get(f"{PATH}?expand_users=true")["results"][0],
        editor_api.get(f"{PATH}{made['id']}?expand_users=true"),
    ):
        assert (found["beneficiary"], found["benefactor"]) == (shown("alice", alice), shown("bob", bob))
