"""The public page outlives the database that it was made from."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.installation import ROOT, Installation, wait_for
from tests.e2e.tcp_proxy import TcpProxy

pytestmark = pytest.mark.e2e

ADDRESSES = ("", "feed.rss", "feed.atom", "feed.json", "calendar.ics", "api/v1/status", "api/v1/notices", "history/")
MAKE = """
from datetime import UTC, datetime
from statuspage.services import notices, pages
from statuspage.services.notices import Draft
now = datetime.now(UTC)
page = pages.create_page({"name": "Acme", "slug": "acme"}, now=now)
notices.create_notice(page, "unplanned", Draft(subject="Payments fail", comment="We look into it."), by=None, now=now)
"""
ADD = """
from datetime import UTC, datetime
from statuspage.models import StatusPage
from statuspage.services import notices
from statuspage.services.notices import Draft
page = StatusPage.objects.get(slug="acme")
notices.create_notice(page, "unplanned", Draft(subject="Mail waits"), by=None, now=datetime.now(UTC))
"""


class Web:
    """The web server alone: no supervisor, no worker."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        installation.manage("migrate", "-v", "0")
        installation.manage("shell", "-v", "0", "-c", MAKE)
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = ["web", "--port", str(self.installation.port), "--workers", "1"]
        with (self.installation.folder / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=self.installation.environment(),
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: self.read()[0], seconds=30, what="web server")

    def stop(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(20)

    def read(self, path: str = "") -> tuple[int, str, str]:
        """Return status, body and the instant as of which it is told; status 0 when nobody answers in two seconds."""
        request = urllib.request.Request(f"{self.installation.url}/status/acme/{path}")  # noqa: S310  loopback
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
                return answer.status, answer.read().decode(), answer.headers.get("X-As-Of", "")
        except urllib.error.HTTPError as error:
            return error.code, "", ""
        except (OSError, HTTPException):
            return 0, "", ""

    def is_shown_as_it_was(self) -> None:
        """Everything answers within two seconds, and says as of when."""
        wait_for(lambda: self.read()[2], seconds=20, what="page that says as of when it is")
        for path in ADDRESSES:
            status, body, as_of = self.read(path)
            assert (status, bool(as_of)) == (200, True), path
            assert "As of " in body or path, path

    def is_current_again(self) -> None:
        """The page is confirmed, and a change shows."""
        wait_for(lambda: self.read()[0] == 200 and not self.read()[2], seconds=40, what="confirmed page")
        self.installation.manage("shell", "-v", "0", "-c", ADD)
        wait_for(lambda: "Mail waits" in self.read()[1], seconds=10, what="change on the page")


def test_page_and_feeds_answer_without_the_database_file(installation: Installation, tmp_path: Path) -> None:
    if installation.database:
        pytest.skip("this leg moves SQLite's file away")
    web = Web(installation)
    try:
        assert "Payments fail" in web.read()[1]
        web.stop()  # an open file can be read wherever it is moved to
        away = tmp_path / "away"
        away.mkdir()
        for path in tmp_path.glob("tocsin.sqlite3*"):
            path.rename(away / path.name)
        (tmp_path / "tocsin.sqlite3").mkdir()  # nobody makes an empty one in its place
        web.start()
        web.is_shown_as_it_was()
        (tmp_path / "tocsin.sqlite3").rmdir()
        for path in away.iterdir():
            path.rename(tmp_path / path.name)
        web.is_current_again()
    finally:
        web.stop()


@pytest.mark.parametrize("fault", ["cut", "freeze"])
def test_page_and_feeds_answer_while_postgresql_is_away(installation: Installation, fault: str) -> None:
    if not installation.database:
        pytest.skip("needs E2E_DATABASE_URL")
    parts = urlsplit(installation.database)
    proxy = TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5432)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    installation.database = parts._replace(netloc=f"{user}127.0.0.1:{proxy.port}").geturl()
    web = Web(installation)
    try:
        assert "Payments fail" in web.read()[1]
        getattr(proxy, fault)()
        web.is_shown_as_it_was()
        proxy.mend()
        web.is_current_again()
    finally:
        proxy.stop()
        web.stop()
