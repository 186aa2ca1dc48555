"""What an empty installation needs before anybody can use it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from alerts import services
from alerts.models import Integration
from oncall.models import EscalationPolicy, Organization, User
from oncall.services import chains, keys, people, policies
from paging import sample, tasks

CHAIN = "Page the admin"
INTEGRATION = "Alertmanager"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator must note: it is told once and kept nowhere."""

    email: str
    password: str
    key: str
    integration_url: str
    sample_alerts: int | None


def first_start(*, email: str, with_sample: bool, now: datetime, tell: Callable[[Credentials], None]) -> bool:
    """Make the first admin and what a monitor can be pointed at; False when there is an admin already.

    It is one transaction, and `tell` is called last in it: after a crash on the way nothing was made, and the next
    start makes and tells everything. Raises Conflict when somebody who is no admin has the address, Invalid for one
    that cannot be used."""
    tasks.ensure_schedules()
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=Organization.load().pk)
        if User.objects.filter(role=User.Role.ADMIN, is_active=True, is_sample=False).exists():
            return False
        password = secrets.token_urlsafe(12)
        admin = people.create_user(email, now=now, name="Admin", role=User.Role.ADMIN, password=password)
        organization.last_resort.add(admin)
        _, key = keys.issue_key(admin, name="First start", now=now)
        door = _door(admin, now)
        count = sample.load(now) if with_sample else None
        tell(Credentials(admin.email, password, key, door.link or "", count))
    return True


def _door(admin: User, now: datetime) -> Integration:
    """Return an integration for a real Alertmanager that leads to the admin: not part of the sample."""
    chain = chains.create_chain(CHAIN)
    policies.create_policy(chain, type=EscalationPolicy.Type.PERSONS, values={"persons": [admin]})
    return services.create_integration(type_slug="alertmanager", name=INTEGRATION, now=now, chain=chain)


def block(told: Credentials) -> str:
    """Return what is printed."""
    rows = [
        ("Console", f"{settings.TOCSIN_BASE_URL}/admin/"),
        ("E-mail", told.email),
        ("Password", told.password),
        ("API key", told.key),
        ("Alertmanager", told.integration_url),
    ]
    if told.sample_alerts is not None:
        rows.append(("Sample data", "loaded; `manage.py sample remove` takes it away"))
    line = "-" * 78
    body = "\n".join(f"  {name:<13} {value}" for name, value in rows)
    head = "  Tocsin is ready. This is shown once: note it down."
    return f"{line}\n{head}\n\n{body}\n{line}"
