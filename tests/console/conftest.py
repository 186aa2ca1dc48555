"""The sample, loaded on the World's Monday, and a browser for each role. The wall clock stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from oncall.models import Organization, User
from paging import sample
from tests import builders


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    """Stop the wall clock at the World's beginning."""
    with time_machine.travel(builders.START, tick=False):
        yield


@pytest.fixture
def loaded(db: None) -> None:
    """The sample as it is a moment after it was loaded."""
    Organization.load()
    sample.load(builders.START)


def browser(user: User) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db: None) -> User:
    """Somebody who configures."""
    return builders.person("ada", role="admin")


@pytest.fixture
def editor(db: None) -> User:
    """Somebody who acts."""
    return builders.person("ed")


@pytest.fixture
def viewer(db: None) -> User:
    """Somebody who reads."""
    return builders.person("vi", role="viewer")
