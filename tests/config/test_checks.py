from __future__ import annotations

import copy
from typing import Any

import pytest
from django.conf import settings

from config import checks

SOUND: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    },
}


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("timeout", 20, []),
        ("init_command", "PRAGMA journal_mode = wal; PRAGMA synchronous=full", []),
        ("init_command", "PRAGMA synchronous=FULL;", ["tocsin.E001"]),
        ("transaction_mode", "DEFERRED", ["tocsin.E002"]),
        ("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", ["tocsin.E003"]),
        ("timeout", 4, ["tocsin.E004"]),
    ],
)
def test_sqlite_without_what_we_rely_on_is_an_error(option, value, expected, monkeypatch):
    database = copy.deepcopy(SOUND)
    database["OPTIONS"][option] = value
    monkeypatch.setattr(settings, "DATABASES", {"default": database})
    assert ids(checks.sqlite_is_correct()) == expected


def test_postgres_needs_no_pragmas(monkeypatch):
    monkeypatch.setattr(settings, "DATABASES", {"default": {"ENGINE": "django.db.backends.postgresql"}})
    assert checks.sqlite_is_correct() == []


@pytest.mark.parametrize(("timeout", "expected"), [(59, []), (60, ["tocsin.E005"])])
def test_a_task_ends_before_it_is_handed_out_again(timeout, expected, settings):
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"timeout": timeout, "retry": 60}
    assert ids(checks.tasks_do_not_double()) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(14, []), (15, ["tocsin.E006"])])
def test_a_send_ends_within_its_lease(seconds, expected, settings):
    settings.PROVIDER_TIMEOUT, settings.LEASE_SECONDS = seconds, 15
    assert ids(checks.sends_end_within_their_lease()) == expected


def test_a_queue_that_never_runs_the_clock_is_an_error(settings):
    assert checks.cluster_runs_the_clock() == []
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"broker_class": "django_q.brokers.orm.ORM"}
    assert ids(checks.cluster_runs_the_clock()) == ["tocsin.E007"]


class Asked:
    """A database that answers one question."""

    def __init__(self, vendor: str, rows: list[tuple[Any, ...]]) -> None:
        self.vendor, self.rows = vendor, rows

    def cursor(self) -> Asked:
        return self

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, sql: str) -> None:
        self.sql = sql

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    def fetchone(self) -> tuple[Any, ...]:
        return self.rows[0]


@pytest.mark.parametrize(
    ("vendor", "rows", "expected"),
    [
        ("postgresql", [("fsync", "on"), ("synchronous_commit", "on")], []),
        ("postgresql", [("fsync", "off"), ("synchronous_commit", "off")], ["tocsin.W001", "tocsin.W001"]),
        ("postgresql", [("fsync", "on"), ("synchronous_commit", "remote_apply")], []),
        ("sqlite", [(2,)], []),
        ("sqlite", [(1,)], ["tocsin.E008"]),
    ],
)
def test_a_database_that_may_lose_a_commit_is_named(vendor, rows, expected, monkeypatch):
    monkeypatch.setattr(checks, "connections", {"default": Asked(vendor, rows)})
    assert ids(checks.database_is_durable(databases=["default"])) == expected


def test_the_database_is_only_asked_when_told_to():
    assert checks.database_is_durable(databases=None) == []
