"""Notification rules: how a person wants to be reached, as two ordered lists (default and important)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from base.errors import NotFound
from oncall.models import NotificationRule, User
from oncall.services import ordering

Kind = NotificationRule.Kind


def create_rule(
    user: User,
    *,
    kind: str,
    important: bool = False,
    delay: timedelta | None = None,
    position: int | None = None,
    manual_order: bool = False,
) -> NotificationRule:
    """Add a rule to one of the person's two lists; `delay` counts for waits only, 5 minutes when not given.

    Positions are as in a chain (spec/oncall-config-api 3.4). Raises Invalid for one that cannot be used.
    """
    with transaction.atomic():
        _lock(user.pk)
        rows = NotificationRule.objects.filter(user=user, important=important)
        place = ordering.make_room(rows, position, manual_order=manual_order)
        return NotificationRule.objects.create(
            user=user, kind=kind, important=important, delay=_delay(kind, delay), position=place
        )


def update_rule(
    rule: NotificationRule,
    *,
    kind: str | None = None,
    delay: timedelta | None = None,
    position: int | None = None,
    manual_order: bool = False,
) -> NotificationRule:
    """Change what is given. Whose rule it is and its importance are fixed."""
    with transaction.atomic():
        _lock(rule.user_id)
        current = NotificationRule.objects.select_related("user").filter(pk=rule.pk).first()
        if current is None:
            raise NotFound("This notification rule was deleted.")
        rows = NotificationRule.objects.filter(user=current.user_id, important=current.important)
        current.position = ordering.move(rows, current.pk, position, manual_order=manual_order)
        current.kind = kind or current.kind
        current.delay = _delay(current.kind, delay or current.delay)
        current.save(update_fields=["position", "kind", "delay"])
    return current


def delete_rule(rule: NotificationRule) -> None:
    """Remove a rule; nobody is renumbered."""
    rule.delete()


def _delay(kind: str, delay: timedelta | None) -> timedelta | None:
    return (delay or NotificationRule.DEFAULT_DELAY) if kind == Kind.WAIT else None


def _lock(user_id: int) -> None:
    if User.objects.select_for_update(no_key=True).filter(pk=user_id).first() is None:
        raise NotFound("This person was deleted.")
