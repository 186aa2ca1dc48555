"""The main job: a real Prometheus Alertmanager, a page in a mailbox, a thumb on a link, and the resolve."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installation import REPLY_LINK, Installation, free_port, text_of, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=[])]
BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

CONFIG = """
route:
  receiver: tocsin
  group_by: [alertname, instance]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: tocsin
    webhook_configs:
      - url: {url}
        send_resolved: true
"""


class Alertmanager:
    """A real one, on loopback, with one receiver."""

    def __init__(self, folder: Path, receiver: str) -> None:
        assert BINARY, "install Debian's prometheus-alertmanager: this leg needs the real one"
        folder.mkdir()
        (folder / "config.yml").write_text(CONFIG.format(url=receiver))
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen(
            [
                BINARY,
                f"--config.file={folder / 'config.yml'}",
                f"--storage.path={folder}",
                f"--web.listen-address={self.url.removeprefix('http://')}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture
def running(installation: Installation) -> Installation:
    """An installation with Alice, whom a chain asks at once."""
    installation.start()
    installation.wait_until_healthy()
    installation.key = installation.manage("issue_api_key", "alice@example.org", "--create", "--role", "admin").strip()
    return installation


def make_integration(running: Installation) -> Any:
    alice = running.api("GET", "users/current/")
    chain = running.api("POST", "escalation_chains/", {"name": "Night"})
    step = {"escalation_chain_id": chain["id"], "type": "notify_persons", "persons_to_notify": [alice["id"]]}
    running.api("POST", "escalation_policies/", step)
    route = {"escalation_chain_id": chain["id"]}
    return running.api("POST", "integrations/", {"type": "alertmanager", "name": "AM", "default_route": route})


def tell(running: Installation, alertmanager: Alertmanager, *, ends_at: datetime) -> None:
    alert = {
        "labels": {"alertname": "DiskFull", "instance": "eu-7", "severity": "critical"},
        "annotations": {"summary": "disk /var is 97 % full"},
        "endsAt": ends_at.isoformat(),
    }
    status = wait_for(
        lambda: running.http("POST", f"{alertmanager.url}/api/v2/alerts", [alert])[0] or None,
        seconds=20,
        what="answer of Alertmanager",
    )
    assert status == 200


def state(running: Installation) -> str:
    groups = running.api("GET", "alert_groups/")["results"]
    return groups[0]["state"] if groups else ""


def test_from_alertmanager_to_an_acknowledged_page_and_its_own_resolve(running: Installation, tmp_path: Path) -> None:
    integration = make_integration(running)
    alertmanager = Alertmanager(tmp_path / "alertmanager", integration["link"])
    try:
        fired_at = time.time()
        tell(running, alertmanager, ends_at=datetime.now(UTC) + timedelta(hours=1))
        mail = wait_for(lambda: next(iter(running.mail.to("alice@example.org")), None), seconds=30, what="mail")
        print(f"\nfrom Alertmanager's API to the mailbox: {running.mail.arrivals[0] - fired_at:.2f} s (1 s group_wait)")
        assert "DiskFull" in mail["Subject"]
        assert "disk /var is 97 % full" in text_of(mail)
        found = REPLY_LINK.search(text_of(mail))
        assert found, text_of(mail)
        link = found.group()

        status, page = running.http("GET", link)
        assert status == 200
        assert "DiskFull" in page
        assert state(running) == "firing"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, page = running.http("POST", link, b"verb=acknowledge", headers=form)
        assert status == 200
        assert state(running) == "acknowledged"

        tell(running, alertmanager, ends_at=datetime.now(UTC) - timedelta(seconds=1))
        wait_for(lambda: state(running) == "resolved" or None, seconds=30, what="resolve by Alertmanager")
        group = running.api("GET", "alert_groups/")["results"][0]
        assert group["resolved_by"] is None
        assert group["acknowledged_by"] == running.api("GET", "users/current/")["id"]
        assert len(running.mail.to("alice@example.org")) == 1
    finally:
        alertmanager.process.terminate()
        alertmanager.process.wait(10)
