"""Logging in for a token, and what the token opens (spec/pagertree A2, D1)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from oncall.services import logins
from tests.conftest import World
from tests.dialects.pagertree.conftest import T0, Answer, Api, errors_of

PASSWORD = "correct horse battery"


@pytest.fixture
def login(world: World, alice: Api) -> Any:
    """Log in as Alice, unless told otherwise."""
    world.alice.set_password(PASSWORD)
    world.alice.save()

    def send(username: str = "alice@example.org", password: Any = PASSWORD, **more: str) -> Answer:
        body = json.dumps({"username": username, "password": password}).encode()
        return alice.send("POST", "/public/login", body, **({"X_Nothing": "1"} | more))

    return send


def claims_of(answer: Answer) -> Any:
    middle = answer.body["token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def test_a_login_gives_a_token_that_names_its_person_and_ends_after_a_day(login: Any, alice: Api, sid: str) -> None:
    answer = login()
    assert answer.status == 200
    assert list(answer.body) == ["token"]
    claims = claims_of(answer)
    assert (claims["id"], claims["sid"], claims["iat"], claims["exp"]) == (alice.id, sid, T0, T0 + 86_400)


@pytest.mark.parametrize("spelling", ["{}", "Bearer {}", "bearer  {}"])
def test_the_token_opens_the_api_raw_or_as_bearer(login: Any, alice: Api, spelling: str) -> None:
    token = login().body["token"]
    assert alice.send("GET", "/alert", b"", Authorization=spelling.format(token)).status == 200


def test_who_acts_with_a_token_is_its_person(login: Any, alice: Api, bob: Api, ops: str) -> None:
    token = login().body["token"]
    made = bob.create(ops)
    taken = alice.send("POST", f"/alert/{made['id']}/acknowledge", b"", Authorization=token)
    assert taken.body["acknowledgedby"] == alice.id


def test_the_token_lives_until_the_very_second(world: World, login: Any, alice: Api) -> None:
    token = login().body["token"]
    world.now += timedelta(hours=24, seconds=-1)
    assert alice.send("GET", "/alert", b"", Authorization=token).status == 200
    world.now += timedelta(seconds=1)
    errors_of(alice.send("GET", "/alert", b"", Authorization=token), 401)


def test_a_new_password_ends_every_token(world: World, login: Any, alice: Api) -> None:
    token = login().body["token"]
    world.alice.set_password("another one entirely")
    world.alice.save()
    errors_of(alice.send("GET", "/alert", b"", Authorization=token), 401)


def test_somebody_made_inactive_has_neither_token_nor_login(world: World, login: Any, alice: Api) -> None:
    token = login().body["token"]
    type(world.alice).objects.filter(pk=world.alice.pk).update(is_active=False)
    errors_of(alice.send("GET", "/alert", b"", Authorization=token), 401)
    errors_of(login(), 401)


@pytest.mark.parametrize("key", ["guessed" * 8, ""])
def test_a_token_of_somebody_elses_making_opens_nothing(login: Any, alice: Api, key: str) -> None:
    claims = claims_of(login())
    token = jwt.encode(claims, key, algorithm="HS256") if key else jwt.encode(claims, "", algorithm="none")
    errors_of(alice.send("GET", "/alert", b"", Authorization=token), 401)


def test_no_other_api_takes_the_token(login: Any, alice: Api) -> None:
    token = login().body["token"]
    assert alice.send("GET", "/api/v1/users/", b"", Authorization=token).status in (401, 403)
    assert alice.send("GET", "/api/v1/users/", b"", Authorization=alice.key).status == 200


def test_an_unknown_person_and_a_wrong_password_get_the_same_answer(login: Any) -> None:
    unknown, wrong = login(username="nobody@example.org"), login(password="wrong")
    assert errors_of(unknown, 401) == errors_of(wrong, 401) == ["The username or the password is wrong."]


def test_an_unknown_person_costs_as_much_as_a_wrong_password(login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    work = []

    def hashed(*_: Any) -> bool:
        work.append("hashed")
        return False

    monkeypatch.setattr(logins, "make_password", hashed)
    monkeypatch.setattr("django.contrib.auth.base_user.check_password", hashed)
    login(username="nobody@example.org")
    login(password="wrong")
    assert work == ["hashed", "hashed"]


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({}, ["'username' is a required parameter", "'password' is a required parameter"]),
        ({"username": "a@b.c"}, ["'password' is a required parameter"]),
        ({"username": "a@b.c", "password": 7}, ["password: must be a string"]),
        ({"username": "a\0", "password": "x"}, ["username: must not contain a null character"]),
    ],
)
def test_a_login_says_what_is_missing(alice: Api, body: Any, messages: list[str]) -> None:
    answer = alice.send("POST", "/public/login", json.dumps(body).encode(), X_Nothing="1")
    assert errors_of(answer, 400) == messages


def test_guessing_is_slowed_down_for_one_person_and_for_a_minute(world: World, login: Any) -> None:
    for _ in range(5):
        errors_of(login(password="wrong"), 401)
    refused = login()
    assert errors_of(refused, 429)
    assert refused.headers["Retry-After"] == "60"
    assert login(username="bob@example.org").status == 401
    world.now += timedelta(minutes=1)
    assert login().status == 200


def test_a_right_password_forgives_the_wrong_ones_before(login: Any) -> None:
    for _ in range(3):
        for _ in range(4):
            login(password="wrong")
        assert login().status == 200


def test_one_address_may_not_try_everybody(login: Any) -> None:
    for number in range(60):
        assert login(username=f"person{number}@example.org").status == 401
    assert login(username="person60@example.org").status == 429


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/public/login", 405), ("GET", "/public/nothing", 401)])
def test_what_is_not_there_answers_in_the_same_shape(alice: Api, method: str, path: str, status: int) -> None:
    errors_of(alice.send(method, path, b"", X_Nothing="1"), status)
