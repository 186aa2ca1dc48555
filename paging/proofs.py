"""What is known to have arrived, and how a person proves that an address is theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from base.errors import Conflict, Invalid
from oncall.models import ContactMethod
from paging import codes
from paging.channels import registry
from paging.channels.base import Receipt, SendError
from paging.channels.chat import EditableChannel
from paging.models import Notification

CHECKS_AN_HOUR = 10  # of one person: a form must not become a way to pester strangers


def settle(results: Iterable[tuple[Notification, Receipt | SendError]], now: datetime) -> None:
    """Keep the providers' references and proofs; close addresses that are gone. To be called in a transaction."""
    for row, result in results:
        if isinstance(result, SendError):
            if result.closes and row.contact_method_id:
                ContactMethod.objects.filter(pk=row.contact_method_id).update(verified_at=None)
            continue
        if result.reference:
            editable = isinstance(registry.CHANNELS.get(row.channel), EditableChannel)
            changes = {"reference": result.reference[:200], "shown_run": row.run if editable else None}
            Notification.objects.filter(pk=row.pk).update(**changes)
        if result.arrived:
            arrived(row, now)


def arrived(notification: Notification, now: datetime) -> None:
    """Note that a message reached the person: a receipt, or a reply. The first proof of a message stays."""
    unproven = Notification.objects.filter(pk=notification.pk, delivered_at=None)
    first = unproven.update(delivered_at=now, receipt_due_at=None)
    if first and notification.contact_method_id:
        ContactMethod.objects.filter(pk=notification.contact_method_id).update(proven_at=now)


def send_test(method: ContactMethod, *, now: datetime) -> Notification:
    """Send a test message to a contact method; to one that is not verified yet, the code that proves it.

    Raises Conflict when no channel reaches it, or after ten within an hour.
    """
    channels = [name for name, kind in registry.person_channels().items() if kind == method.kind]
    if not channels:
        raise Conflict(f"Nothing can be sent to {method}: there is no such channel.")
    recent = Notification.objects.filter(
        user_id=method.user_id, purpose=Notification.Purpose.CHECK, created_at__gt=now - timedelta(hours=1)
    )
    with transaction.atomic():
        if recent.count() >= CHECKS_AN_HOUR:
            raise Conflict(f"{CHECKS_AN_HOUR} test messages an hour are enough; try again later.")
        return Notification.objects.get_or_create(
            dedup=f"c{method.pk}:{int(now.timestamp())}",
            defaults={
                "user_id": method.user_id,
                "contact_method": method,
                "purpose": Notification.Purpose.CHECK,
                "channel": channels[0],
                "address": method.address,
                "due_at": now,
                "created_at": now,
            },
        )[0]


def confirm(method: ContactMethod, given: str, *, now: datetime) -> None:
    """Count an address as the person's own: they read the code that was sent there. Raises Invalid."""
    if not codes.matches(method, given, now):
        raise Invalid("This is not the code that was sent last, or it is too old.", field="code")
    ContactMethod.objects.filter(pk=method.pk).update(verified_at=now, proven_at=now)
    method.verified_at = method.proven_at = now
