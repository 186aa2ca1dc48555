"""System checks: settings on which promises rest. `manage.py check` and every start run them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

SQLITE_LEAST_TIMEOUT = 5  # seconds a writer waits for its turn


@register(Tags.compatibility)
def sqlite_is_correct(**_: Any) -> list[CheckMessage]:
    """Two claimers may not read at once (IMMEDIATE), and an accepted alert survives a power cut (WAL and FULL)."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    options = database.get("OPTIONS", {})
    pragmas = {pragma.strip().upper() for pragma in options.get("init_command", "").replace(" ", "").split(";")}
    found: list[CheckMessage] = []
    if "PRAGMAJOURNAL_MODE=WAL" not in pragmas:
        found.append(Error("SQLite does not run with journal_mode=WAL.", id="tocsin.E001"))
    if str(options.get("transaction_mode", "")).upper() != "IMMEDIATE":
        found.append(Error("SQLite does not run with transaction_mode=IMMEDIATE.", id="tocsin.E002"))
    if "PRAGMASYNCHRONOUS=FULL" not in pragmas:
        found.append(Error("SQLite does not run with synchronous=FULL.", id="tocsin.E003"))
    if options.get("timeout", 0) < SQLITE_LEAST_TIMEOUT:
        found.append(Error(f"SQLite's timeout is below {SQLITE_LEAST_TIMEOUT} seconds.", id="tocsin.E004"))
    return found


@register(Tags.compatibility)
def tasks_do_not_double(**_: Any) -> list[CheckMessage]:
    """A task must be ended before it is handed out again."""
    cluster: dict[str, Any] = settings.Q_CLUSTER
    if cluster["timeout"] < cluster["retry"]:
        return []
    return [Error("Q_CLUSTER: timeout must be less than retry.", id="tocsin.E005")]


@register(Tags.compatibility)
def sends_end_within_their_lease(**_: Any) -> list[CheckMessage]:
    """A send that outlives its lease would be sent by somebody else too."""
    if settings.PROVIDER_TIMEOUT < settings.LEASE_SECONDS:
        return []
    return [Error("PROVIDER_TIMEOUT must be less than LEASE_SECONDS.", id="tocsin.E006")]


@register(Tags.compatibility)
def cluster_runs_the_clock(**_: Any) -> list[CheckMessage]:
    """Without our broker django-q2 never learns that something is due."""
    if settings.Q_CLUSTER.get("broker_class") == "base.broker.ClockBroker":
        return []
    return [Error("Q_CLUSTER: broker_class must be base.broker.ClockBroker.", id="tocsin.E007")]


@register(Tags.database)
def database_is_durable(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Ask the running database whether a commit survives a power cut."""
    if not databases or "default" not in databases:
        return []
    connection = connections["default"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return _sqlite_is_durable(cursor)
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')")
        off = [name for name, setting in sorted(cursor.fetchall()) if setting == "off"]
    hint = "An accepted alert may be lost at a power cut."
    return [Warning(f"PostgreSQL runs with {name} = off.", hint=hint, id="tocsin.W001") for name in off]


def _sqlite_is_durable(cursor: Any) -> list[CheckMessage]:
    cursor.execute("PRAGMA synchronous")
    synchronous = cursor.fetchone()[0]
    if synchronous >= 2:  # 2 is FULL, 3 is EXTRA
        return []
    return [Error("The open SQLite database is not synchronous=FULL.", id="tocsin.E008")]
