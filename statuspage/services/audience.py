"""Who hears of a notice."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from statuspage import selectors
from statuspage.models import NoticeChange, StatusPage, Subscriber
from statuspage.models.subscribers import ADDRESS_FIELDS

Audience = NoticeChange.Audience
Chosen = Subscriber.components.through


def followers(page: StatusPage, components: Iterable[int], audience: str = Audience.AFFECTED) -> QuerySet[Subscriber]:
    """Return the confirmed subscribers who are told (B4).

    Affected: who chose no component, and who chose one of these, something above or something below one of them. A
    notice without components concerns everybody."""
    rows = Subscriber.objects.filter(page=page, confirmed_at__isnull=False)
    if audience == Audience.NOBODY:
        return rows.none()
    named = list(components)
    if audience == Audience.EVERYBODY or not named:
        return rows
    concerned = selectors.tree_of(page).relatives(named)
    own = Chosen.objects.filter(subscriber=OuterRef("pk"))
    return rows.filter(~Exists(own) | Exists(own.filter(component__in=concerned)))


def count(page: StatusPage, components: Iterable[int], audience: str = Audience.AFFECTED) -> dict[str, int]:
    """Return how many messages would go out by each channel: what is shown before anything is sent."""
    rows = followers(page, components, audience)
    named = {channel: rows.exclude(Q(**{field: None}) | Q(**{field: ""})) for channel, field in ADDRESS_FIELDS.items()}
    return {channel: found.count() for channel, found in named.items()}
