"""Rows by what the outside calls them."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from statuspage.models import (
    Component,
    CustomDomain,
    Notice,
    NoticeLink,
    StatusPage,
    Subscriber,
)
from statuspage.tree import Node, Tree


def find_page(slug: str) -> StatusPage | None:
    """Return the page at /status/<slug>/."""
    return StatusPage.objects.select_related("custom_domain", "brand").filter(slug=slug.lower()).first()


def page_of_host(host: str) -> StatusPage | None:
    """Return the page whose custom domain this is; `host` without a port."""
    found = CustomDomain.objects.select_related("page__brand", "page__custom_domain").filter(domain=host.lower())
    domain = found.first()
    return domain.page if domain else None


def hosts() -> dict[str, str]:
    """Return every custom domain with the slug of its page: the host map to be mirrored."""
    return dict(CustomDomain.objects.values_list("domain", "page__slug"))


def find_notice(page: StatusPage, path: str) -> Notice | None:
    """Return the notice that a permanent link names, or named once: the link redirects where `notice.path` differs."""
    token = path[:16]
    found = Notice.objects.filter(page=page, token=token).first()
    if found:
        return found
    old = NoticeLink.objects.select_related("notice").filter(notice__page=page, token=token).first()
    return old.notice if old else None


def tree_of(page: StatusPage) -> Tree:
    """Return the page's components as a tree."""
    rows = Component.objects.filter(page=page).values_list("pk", "parent_id", "position")
    return Tree(Node(*row) for row in rows)


def listed_notices(page: StatusPage) -> QuerySet[Notice]:
    """Return the page's notices, newest first, with what is needed to show them."""
    rows = Notice.objects.filter(page=page).select_related("page__custom_domain")
    return rows.prefetch_related("updates", "components").order_by("-created_at", "-pk")


def subscribers_of(rows: QuerySet[Subscriber], component: int) -> QuerySet[Subscriber]:
    """Return those who chose this component, and those who chose none."""
    own = Subscriber.components.through.objects.filter(subscriber=OuterRef("pk"))
    return rows.filter(~Exists(own) | Exists(own.filter(component=component)))


def own_host() -> str:
    """Return the host name that a custom domain must point to."""
    return urlsplit(settings.TOCSIN_BASE_URL).hostname or ""
