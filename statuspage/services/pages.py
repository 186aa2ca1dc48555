"""Pages and their fixed parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from base.errors import Invalid, NotFound
from statuspage import public
from statuspage.models import Brand, CustomDomain, StatusPage

HOST = re.compile(r"(?=.{4,253}$)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}(?<!-)")
TAKEN = "has already been taken"


def touch(page_pk: int) -> None:
    """Say that readers see something new."""
    StatusPage.objects.filter(pk=page_pk).update(version=F("version") + 1)
    public.publish_after_commit(page_pk)


@transaction.atomic
def create_page(values: Mapping[str, Any], *, now: datetime) -> StatusPage:
    """Make a page with its brand; `values` are model fields, of which `name` is needed."""
    slug = values.get("slug") or free_slug(values["name"])
    page = StatusPage.objects.create(**{**values, "slug": slug, "created_at": now, "updated_at": now})
    Brand.objects.create(page=page, created_at=now, updated_at=now)
    public.publish_after_commit(page.pk)
    return page


def free_slug(name: str) -> str:
    """Return a slug for a page of that name which no page has."""
    wanted = slugify(name)[:50] or "status"
    taken = set(StatusPage.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number = 2
    found = wanted
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found


@transaction.atomic
def update_page(page: StatusPage, values: Mapping[str, Any], *, now: datetime) -> StatusPage:
    """Change some fields; nothing else of the page."""
    _change(page, values, now, page.pk)
    return page


@transaction.atomic
def update_brand(brand: Brand, values: Mapping[str, Any], *, now: datetime) -> Brand:
    """Change colours or pictures."""
    _change(brand, values, now, brand.page_id)
    return brand


def _change(row: Any, values: Mapping[str, Any], now: datetime, page_pk: int) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(row, name, values[name])
    row.updated_at = now
    row.save(update_fields=[*changed, "updated_at"])
    touch(page_pk)


def delete_page(page: StatusPage) -> None:
    """Delete a page with everything on it, and take it off the air."""
    slug = page.slug
    page.delete()
    public.withdraw_after_commit(slug)


def domain_of(text: str) -> str:
    """Return a host name in its plain form. Raises Invalid."""
    host = text.strip().lower().rstrip(".")
    try:
        host = host.encode("idna").decode()
    except UnicodeError as error:
        raise Invalid("is invalid", field="domain") from error
    if not HOST.fullmatch(host) or host == urlsplit(settings.TOCSIN_BASE_URL).hostname:
        raise Invalid("is invalid", field="domain")
    return host


@transaction.atomic
def set_domain(page: StatusPage, domain: str, *, now: datetime) -> CustomDomain:
    """Give the page a host name of its own instead of the one it had. Raises Invalid."""
    host = domain_of(domain)
    if CustomDomain.objects.filter(domain=host).exclude(page=page).exists():
        raise Invalid(TAKEN, field="domain")
    try:
        with transaction.atomic():
            row, made = CustomDomain.objects.select_for_update().get_or_create(
                page=page, defaults={"domain": host, "created_at": now, "updated_at": now}
            )
            if not made and row.domain != host:
                row.domain, row.updated_at = host, now
                row.save(update_fields=["domain", "updated_at"])
    except IntegrityError as error:
        raise Invalid(TAKEN, field="domain") from error
    touch(page.pk)
    return row


@transaction.atomic
def remove_domain(page: StatusPage) -> None:
    """Take the page's host name away. Raises NotFound when it has none."""
    if not CustomDomain.objects.filter(page=page).delete()[0]:
        raise NotFound("The page has no custom domain.")
    touch(page.pk)
