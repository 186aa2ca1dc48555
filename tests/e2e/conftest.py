"""Installations for the end-to-end legs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.e2e.installation import Installation, MailSink


@pytest.fixture
def database() -> Iterator[str]:
    """A new database: SQLite in the data folder, or one on the server that E2E_DATABASE_URL names."""
    server = os.environ.get("E2E_DATABASE_URL", "")
    if not server:
        yield ""
        return
    name = f"tocsin_e2e_{os.getpid()}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(drop)


@pytest.fixture
def mail() -> Iterator[MailSink]:
    """A mail server."""
    sink = MailSink()
    yield sink
    sink.stop()


@pytest.fixture
def installation(tmp_path: Path, mail: MailSink, database: str) -> Iterator[Installation]:
    """An installation that was never started; what runs of it is stopped in the end."""
    made = Installation(tmp_path, mail, database)
    yield made
    made.stop()
