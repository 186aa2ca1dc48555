"""Who runs the clock: django-q2's workers do, and without them nothing moves (decisions.md, django-q2)."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e.installation import Installation, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=[])]
TICKS = re.compile(r'^tocsin_clock_ticks_total\{runner="(\w+)"\} ([\d.e+]+)$', re.MULTILINE)


def door(installation: Installation, who: str) -> str:
    """Make a chain that asks this person at once, and return the inbound path of an integration that leads to it."""
    installation.key = installation.manage("issue_api_key", who, "--create", "--role", "admin").strip()
    alice = installation.api("GET", "users/current/")["id"]
    chain = installation.api("POST", "escalation_chains/", {"name": "Night"})["id"]
    step = {"escalation_chain_id": chain, "type": "notify_persons", "persons_to_notify": [alice]}
    installation.api("POST", "escalation_policies/", step)
    body = {"type": "formatted_webhook", "name": "Door", "default_route": {"escalation_chain_id": chain}}
    link: str = installation.api("POST", "integrations/", body)["link"]
    return link.removeprefix(installation.url)


def fire(installation: Installation, path: str, number: int) -> None:
    """Post one alert."""
    body = {"alert_uid": f"disk-{number}", "title": f"Disk {number}", "state": "alerting"}
    assert installation.http("POST", path, body)[0] == 200


def test_at_least_99_percent_of_ticks_run_in_the_workers(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.start()
    installation.wait_until_healthy()
    path = door(installation, "alice@example.org")
    for number in range(100):
        fire(installation, path, number)
        time.sleep(0.1)
    wait_for(lambda: len(installation.mail.mails) == 100, seconds=60, what="100 mails")
    ticks = {runner: float(count) for runner, count in TICKS.findall(installation.http("GET", "/metrics")[1])}
    share = ticks["worker"] / sum(ticks.values())
    with capsys.disabled():
        print(f"\nticks by runner: {ticks}, {share:.1%} in django-q2's workers")
    assert sum(ticks.values()) >= 30
    assert share >= 0.99


def test_without_cluster_and_safety_net_nothing_moves(installation: Installation) -> None:
    installation.start("--only", "web", "--no-safety-net")
    installation.wait_until_healthy()
    path = door(installation, "alice@example.org")
    fire(installation, path, 1)
    time.sleep(4)
    assert installation.mail.mails == []
    group = installation.api("GET", "alert_groups/")["results"][0]
    assert group["state"] == "firing"
    installation.stop()
    installation.start()
    wait_for(lambda: installation.mail.to("alice@example.org"), seconds=60, what="mail once the cluster runs")
