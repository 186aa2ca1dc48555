"""The service worker in a real browser: it shows a page, proves that it did, and its buttons answer."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from alerts import services
from alerts.models import Alert, Assignment, Escalation, Source
from oncall.models import ContactMethod, User
from paging.channels import registry
from paging.models import Notification
from tests.e2e import browser
from tests.e2e.browser import Browser

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(browser.program() is None, reason="no browser on this machine"),
    pytest.mark.django_db(transaction=True),
]
CLICK = """(async () => {
  const [shown] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification: shown, action: "%s" });
  self.dispatchEvent(event);
})()"""
NEXT = "(async () => { const [n] = await self.registration.getNotifications(); return n && n.body; })()"
PROVEN = "fetch('/me/').then((r) => r.text()).then((text) => text.includes('Last proof'))"


@dataclass
class Paged:
    """An alert, and what the push service hands to the browser for it."""

    alert: Alert
    payload: str
    cookie: str


@pytest.fixture
def paged() -> Paged:
    now = datetime.now(UTC)
    alice = User.objects.create_user("alice@example.org", name="Alice")
    method = ContactMethod.objects.create(user=alice, kind="push", address="Chrome (1)", verified_at=now)
    alert = services.create_alert(
        title="Disk is full", description="97 %", destinations=[], by=None, source=Source.MONITOR, now=now
    )[0]
    ask(alert, alice, now)
    row = Notification.objects.create(
        alert=alert,
        user=alice,
        contact_method=method,
        channel="push",
        address=method.address,
        status="sent",
        dedup="p1",
        created_at=now,
    )
    client = Client()
    client.force_login(alice)
    payload: str = registry.find("push").compose(row, now=now).payload
    return Paged(alert, payload, client.cookies[settings.SESSION_COOKIE_NAME].value)


def ask(alert: Alert, user: User, now: datetime) -> None:
    plan = {"name": "chain", "steps": [], "final_timeout": 300}
    due_at = now + timedelta(hours=1)
    running = Escalation.objects.create(
        alert=alert, run=alert.run, destination="test", snapshot=plan, started_at=now, due_at=due_at
    )
    Assignment.objects.create(alert=alert, escalation=running, user=user, run=alert.run, step=0, asked_at=now)


async def receive(chrome: Browser, url: str, paged: Paged) -> tuple[str, str]:
    """Open the page, hand its worker the message, wait for the proof; return the sessions of both."""
    page = await chrome.page()
    await chrome.call("Network.setCookie", page, name=settings.SESSION_COOKIE_NAME, value=paged.cookie, url=url)
    await chrome.call("Browser.grantPermissions", origin=url, permissions=["notifications"])
    await chrome.call("ServiceWorker.enable", page)
    await chrome.open(page, f"{url}/me/")
    await chrome.until(page, "navigator.serviceWorker.ready.then((found) => found.active.state === 'activated')")
    number = next(
        found["registrationId"]
        for event in chrome.events
        if event["method"] == "ServiceWorker.workerRegistrationUpdated"
        for found in event["params"]["registrations"]
    )
    await chrome.call("ServiceWorker.deliverPushMessage", page, origin=url, registrationId=number, data=paged.payload)
    await chrome.until(page, PROVEN)
    targets: list[dict[str, Any]] = (await chrome.call("Target.getTargets"))["targetInfos"]
    worker = await chrome.attach(next(one["targetId"] for one in targets if one["type"] == "service_worker"))
    return page, worker


def test_a_page_is_shown_proven_and_acknowledged_on_the_device(live_server: Any, paged: Paged, tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        async with Browser(tmp_path) as chrome:
            page, worker = await receive(chrome, live_server.url, paged)
            body = await chrome.until(worker, NEXT)
            await chrome.run(worker, CLICK % "acknowledge")
            answer = await chrome.until(worker, f"{NEXT}.then((body) => body !== {json.dumps(body)} && body)")
            await chrome.open(page, f"{live_server.url}/me/")
            if folder := os.environ.get("E2E_PICTURES"):
                await chrome.picture(page, Path(folder) / "me.png")
            mine = await chrome.run(page, "document.querySelector('.card').textContent")
            size = await chrome.run(page, "document.documentElement.scrollWidth")
            return [body, answer, mine, size]

    body, answer, mine, size = asyncio.run(scenario())
    assert "97 %" in body
    assert answer == "Acknowledged: you have it, nobody else is asked."
    assert "You acknowledged this" in mine
    assert size == 390
    paged.alert.refresh_from_db()
    assert paged.alert.status == "acknowledged"
    assert ContactMethod.objects.get().proven_at is not None
