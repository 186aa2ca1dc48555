"""Who is told of a page, and how they come to be: added by hand, or by themselves after a confirmation."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from base.errors import Conflict, Invalid
from statuspage import links
from statuspage.models import Component, Publication, StatusPage, Subscriber, SubscriptionRequest
from statuspage.models.subscribers import ADDRESS_FIELDS, new_secret

TAKEN = "has already been taken"
INVALID = "is invalid"
BY_THEMSELVES = ("email", "webhook")  # the channels on which an address can be confirmed
CONFIRM_WITHIN = timedelta(days=2)
WINDOW = timedelta(hours=1)
PER_ORIGIN = 10
PER_ADDRESS = 2
TOO_MANY = "That was asked too often. Try again in an hour."
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


@transaction.atomic
def add_subscriber(
    page: StatusPage, values: Mapping[str, Any], components: Iterable[int] = (), *, now: datetime
) -> Subscriber:
    """Add somebody who is told from now on; nobody is asked. Raises Invalid where the address is there already."""
    row = Subscriber(page=page, confirmed_at=now, created_at=now, updated_at=now, **values)
    _save(row)
    row.components.set(_components(page, components))
    return row


@transaction.atomic
def update_subscriber(
    subscriber: Subscriber, values: Mapping[str, Any], components: Iterable[int] | None = None, *, now: datetime
) -> Subscriber:
    """Change some fields; components replace the choice, none of them is all. Raises Invalid."""
    for name, value in values.items():
        setattr(subscriber, name, value)
    subscriber.updated_at = now
    if components is not None:
        subscriber.components.set(_components(subscriber.page, components))
    _save(subscriber)
    return subscriber


def _save(row: Subscriber) -> None:
    for name in ("email", "phone_number", "webhook_url"):
        value = getattr(row, name)
        lookup = "iexact" if name == "email" else "exact"
        others = Subscriber.objects.filter(page=row.page_id, **{f"{name}__{lookup}": value}).exclude(pk=row.pk)
        if value and others.exists():
            raise Invalid(TAKEN, field=name)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Invalid(TAKEN, field="email" if row.email else "phone_number") from error


@transaction.atomic
def remove_subscriber(subscriber: Subscriber) -> None:
    """Delete somebody; what was on its way to them is stale, and their address is forgotten."""
    waiting = Publication.objects.filter(subscriber=subscriber)
    waiting.filter(status=Publication.Status.PENDING).update(
        status=Publication.Status.STALE, due_at=None, lease_owner=""
    )
    waiting.update(address="", content=None)
    subscriber.delete()


def address_of(channel: str, address: str) -> str:
    """Return an address in its plain form. Raises Invalid."""
    plain = address.strip()
    field = ADDRESS_FIELDS.get(channel, "")
    if channel not in BY_THEMSELVES:
        raise Invalid(INVALID, field="channel")
    try:
        if field == "email":
            validate_email(plain)
            return plain
    except ValidationError as error:
        raise Invalid(INVALID, field=field) from error
    parts = urlsplit(plain)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(plain) > 500:
        raise Invalid(INVALID, field=field)
    return plain


@transaction.atomic
def ask(
    page: StatusPage, channel: str, address: str, components: Iterable[int] = (), *, origin: str, now: datetime
) -> None:
    """Take a wish to be told: a message with a link goes to the address, whether it is known here or not.

    `origin` is the network address it came from. Raises Invalid for what is no address at all, Conflict when the same
    origin asks too often; an address that is asked for too often is left in peace without a word."""
    plain = address_of(channel, address)
    if channel not in page.channels:
        raise Invalid(INVALID, field="channel")
    chosen = _components(page, components)
    StatusPage.objects.select_for_update().get(pk=page.pk)
    wish = _counted(page, plain, origin, now)
    if wish is None:
        return
    field = ADDRESS_FIELDS[channel]
    known = Subscriber.objects.filter(**{"page": page, f"{field}__iexact": plain}).first()
    if known is not None and known.confirmed_at is not None:
        _write(known, channel, Publication.Purpose.PREFERENCES, wish, now)
        return
    row = known or Subscriber(page=page, created_at=now, **{field: plain})
    row.expires_at, row.updated_at = now + CONFIRM_WITHIN, now
    row.save()
    row.components.set(chosen)
    _write(row, channel, Publication.Purpose.CONFIRM, wish, now)


def _counted(page: StatusPage, address: str, origin: str, now: datetime) -> int | None:
    """Count this request; return its number, None where the address may not be written to."""
    digests = {"origin": _digest(origin), "address": _digest(f"{page.pk} {address.lower()}")}
    SubscriptionRequest.objects.filter(at__lte=now - WINDOW).delete()
    recent = SubscriptionRequest.objects.filter(at__gt=now - WINDOW)
    if recent.filter(origin=digests["origin"]).count() >= PER_ORIGIN:
        raise Conflict(TOO_MANY)
    often = recent.filter(address=digests["address"]).count() >= PER_ADDRESS
    row = SubscriptionRequest.objects.create(page=page, at=now, **digests)
    return None if often else row.pk


def _digest(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _write(row: Subscriber, channel: str, purpose: str, wish: int, now: datetime) -> None:
    Publication.objects.create(
        page=row.page,
        subscriber=row,
        purpose=purpose,
        channel=channel,
        address=getattr(row, ADDRESS_FIELDS[channel]),
        dedup=f"{purpose}:{row.pk}:{wish}",
        due_at=now,
        created_at=now,
    )


def find(token: str, purpose: str) -> Subscriber | None:
    """Return who may do this with that token; None when it is forged, or they are gone. `purpose`: confirm, manage."""
    try:
        pk, secret = links.read_subscriber_token(token, purpose)
    except links.Forged:
        return None
    row = Subscriber.objects.select_related("page__custom_domain").filter(pk=pk).first()
    return row if row is not None and hmac.compare_digest(row.secret[:8], secret) else None


@transaction.atomic
def confirm(token: str, *, now: datetime) -> Subscriber | None:
    """Take the address as wanted; None when the link is forged or too old. Doing it twice is harmless."""
    row = find(token, "confirm")
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.confirmed_at is None:
        Subscriber.objects.filter(pk=row.pk, confirmed_at=None).update(
            confirmed_at=now, expires_at=None, updated_at=now
        )
        row.refresh_from_db()
    return row


def unsubscribe(token: str) -> bool:
    """Delete whoever holds the token; False where they were gone before. The answer to people is the same."""
    row = find(token, "manage")
    if row is None:
        return False
    remove_subscriber(row)
    return True


def choose(token: str, components: Iterable[int], *, now: datetime) -> Subscriber | None:
    """Follow these components only, or with none of them the whole page; None where the token is not valid."""
    row = find(token, "manage")
    return None if row is None else update_subscriber(row, {}, components, now=now)


def renew_secret(subscriber: Subscriber) -> None:
    """Make every link and signature that went out before worthless."""
    subscriber.secret = new_secret()
    subscriber.save(update_fields=["secret"])


def forget_unconfirmed(now: datetime) -> int:
    """Delete who did not confirm in time; return how many."""
    late = Subscriber.objects.filter(expires_at__lte=now, confirmed_at=None)
    return len([remove_subscriber(row) for row in late])


def _components(page: StatusPage, pks: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(pks))
    known = set(Component.objects.filter(page=page, pk__in=wanted).values_list("pk", flat=True))
    if unknown := [pk for pk in wanted if pk not in known]:
        raise Invalid(f"{INVALID}: {', '.join(map(str, unknown))}", field="component_ids")
    return wanted
