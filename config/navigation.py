"""The console's side bar: where every page is found."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# Group, then title, icon and model of each page.
PAGES: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Alerts",
        (
            ("Alerts", "notifications_active", "alerts.alert"),
            ("Events", "input", "alerts.event"),
            ("Log", "history", "alerts.logentry"),
        ),
    ),
    (
        "On call",
        (
            ("Schedules", "calendar_month", "oncall.schedule"),
            ("Shifts", "schedule", "oncall.oncallshift"),
            ("Swaps", "swap_horiz", "oncall.shiftswap"),
            ("Escalation chains", "stairs", "oncall.escalationchain"),
            ("Running escalations", "trending_up", "alerts.escalation"),
            ("Who was asked", "how_to_reg", "alerts.assignment"),
        ),
    ),
    (
        "Integrations",
        (
            ("Integrations", "sensor_door", "alerts.integration"),
            ("Routes", "alt_route", "alerts.route"),
            ("Heartbeats", "ecg_heart", "alerts.heartbeat"),
            ("Maintenance", "construction", "alerts.maintenance"),
            ("Outgoing webhooks", "webhook", "oncall.webhook"),
        ),
    ),
    (
        "Status pages",
        (
            ("Notices", "campaign", "statuspage.notice"),
            ("Status pages", "public", "statuspage.statuspage"),
            ("Components", "account_tree", "statuspage.component"),
            ("Subscribers", "group_add", "statuspage.subscriber"),
            ("Messages to them", "outgoing_mail", "statuspage.publication"),
            ("Updates", "comment", "statuspage.noticeupdate"),
            ("Changes", "history_toggle_off", "statuspage.noticechange"),
            ("Notice templates", "note_stack", "statuspage.noticetemplate"),
            ("Update templates", "sticky_note_2", "statuspage.updatetemplate"),
        ),
    ),
    (
        "People",
        (
            ("People", "person", "oncall.user"),
            ("Teams", "groups", "oncall.team"),
            ("User groups", "group_work", "oncall.usergroup"),
            ("Contact methods", "contact_mail", "oncall.contactmethod"),
            ("Notification rules", "rule", "oncall.notificationrule"),
            ("Availabilities", "event_busy", "oncall.availability"),
            ("Quiet hours", "bedtime", "oncall.quiethours"),
            ("API keys", "key", "oncall.apikey"),
        ),
    ),
    (
        "Delivery",
        (
            ("Notifications", "send", "paging.notification"),
            ("Tries", "repeat", "paging.attempt"),
            ("Replies", "reply", "paging.reply"),
            ("Page requests", "call_made", "paging.page"),
            ("Moments", "flag", "paging.moment"),
            ("Addresses for moments", "link", "paging.momentdoor"),
        ),
    ),
    (
        "System",
        (
            ("Installation", "apartment", "oncall.organization"),
            ("Tasks: planned", "event_repeat", "django_q.schedule"),
            ("Tasks: waiting", "hourglass_top", "django_q.ormq"),
            ("Tasks: failed", "error", "django_q.failure"),
            ("Tasks: done", "task_alt", "django_q.success"),
        ),
    ),
)
OUTBOX = ("Outbox", "outbox", "paging.notification", "?status__exact=kept")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups with the pages that this person may see."""
    groups = []
    for title, pages in PAGES:
        items = [item for name, icon, label in pages if (item := _item(request, name, icon, label))]
        if title == "Alerts":
            items.insert(0, {"title": "My alerts", "icon": "phone_iphone", "link": reverse("me")})
        if title == "Delivery" and items:
            name, icon, label, query = OUTBOX
            items.insert(0, {**(_item(request, name, icon, label) or {}), "active": False})
            items[0]["link"] += query
            if not settings.PHONE_PROVIDERS and getattr(request.user, "may_edit", False):
                link = reverse("simulator")
                items.insert(1, {"title": "Phone simulator", "icon": "phone_in_talk", "link": link})
        groups.append({"title": title, "collapsible": True, "items": items})
    return [group for group in groups if group["items"]]


def _item(request: HttpRequest, title: str, icon: str, label: str) -> dict[str, Any] | None:
    page = admin.site.get_model_admin(apps.get_model(label))
    if not page.has_view_permission(request):
        return None
    return {"title": title, "icon": icon, "link": reverse(f"admin:{label.replace('.', '_')}_changelist")}


def stylesheet(request: HttpRequest) -> str:
    """Return the address of what the console adds to its theme."""
    return static("tocsin/console.css")


def icon(request: HttpRequest) -> str:
    """Return the address of the product's icon."""
    return static("tocsin/icon.svg")


def script(request: HttpRequest) -> str:
    """Return the address of the console's one script."""
    return static("tocsin/console.js")
