"""Make the rows that a story needs, in one line each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.models import Integration, Route
from oncall.models import (
    ContactMethod,
    EscalationChain,
    EscalationPolicy,
    NotificationRule,
    OnCallShift,
    PolicyPerson,
    Schedule,
    Team,
    User,
    Webhook,
)

START = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)  # a Monday


def person(name: str, *, role: str = "editor", email: bool = True, rules: bool = True, **fields: Any) -> User:
    """A person with a verified address and the default rules: e-mail at once, for both importances."""
    user = User.objects.create_user(f"{name}@example.org", username=name, role=role, **fields)
    if email:
        ContactMethod.objects.create(user=user, kind="email", address=user.email, verified_at=START)
    if email and rules:
        for important in (False, True):
            NotificationRule.objects.create(user=user, important=important, position=0, kind="notify_by_email")
    return user


def rules(user: User, *kinds: str | timedelta, important: bool = False) -> None:
    """Replace a person's rules: a timedelta is a wait, a text such as `notify_by_email` a kind."""
    user.notification_rules.filter(important=important).delete()
    for position, kind in enumerate(kinds):
        NotificationRule.objects.create(
            user=user,
            important=important,
            position=position,
            kind="wait" if isinstance(kind, timedelta) else kind,
            delay=kind if isinstance(kind, timedelta) else None,
        )


def chain(name: str, *steps: Any, final_timeout: timedelta = timedelta(minutes=5)) -> EscalationChain:
    """A chain from short forms: people are asked, a timedelta is a wait, a dict is the fields of a policy."""
    made = EscalationChain.objects.create(name=name, final_timeout=final_timeout)
    for position, step in enumerate(steps):
        policy(made, position, step)
    return made


def policy(made: EscalationChain, position: int, step: Any) -> EscalationPolicy:
    """One policy of a chain, see `chain`."""
    people: list[User] = []
    if isinstance(step, timedelta):
        fields: dict[str, Any] = {"type": "wait", "delay": step}
    elif isinstance(step, Schedule):
        fields = {"type": "notify_on_call_from_schedule", "schedule": step}
    elif isinstance(step, dict):
        fields = dict(step)
        people = fields.pop("persons", [])
    else:
        people = [step] if isinstance(step, User) else list(step)
        fields = {"type": "notify_persons"}
    row = EscalationPolicy.objects.create(chain=made, position=position, **fields)
    PolicyPerson.objects.bulk_create(PolicyPerson(policy=row, user=u, position=i) for i, u in enumerate(people))
    return row


def integration(
    kind: str = "formatted_webhook", *, to: EscalationChain | None = None, name: str = "", **fields: Any
) -> Integration:
    """An integration whose default route leads to the chain."""
    row = Integration.objects.create(type=kind, name=name or kind, created_at=START, **fields)
    Route.objects.create(integration=row, chain=to, is_default=True)
    return row


def always_on_call(name: str, *people: User) -> Schedule:
    """A schedule in which all of these people are on call at all times from 2024 on."""
    schedule = Schedule.objects.create(name=name, type="web")
    shift = OnCallShift.objects.create(
        name=name,
        type="recurrent_event",
        owner=schedule,
        start=datetime(2024, 1, 1),  # noqa: DTZ001  wall-clock time
        duration=timedelta(days=1),
        frequency="daily",
        interval=1,
    )
    shift.users.set(people)
    return schedule


def team(slug: str, *members: User, **fields: Any) -> Team:
    """A team with these members."""
    row = Team.objects.create(name=slug.title(), slug=slug, **fields)
    row.members.set(members)
    return row


def webhook(name: str, url: str, **fields: Any) -> Webhook:
    """A webhook for escalation policies."""
    return Webhook.objects.create(name=name, url=url, **fields)
