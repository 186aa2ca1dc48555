"""The console's first page: four tiles and two banners, a fixed number of queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert
from base import clock
from oncall.admin.words import badge, span_words, time_tag
from oncall.models import Schedule, User
from oncall.selectors import on_call_now
from paging.models import Notification

FIRING = (Alert.Status.OPEN, Alert.Status.DROPPED)
SHOWN = 5


def index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the tiles and banners; unfold calls this for the first page."""
    now = timezone.now()
    context |= {
        "title": "Now",
        "mail_kept": not settings.EMAIL_CONFIGURED,
        "sample_loaded": User.objects.filter(is_sample=True).exists(),
        "firing": _firing(now),
        "on_call": _on_call(now),
        "clock": _clock(now),
        "outbox": _outbox(),
    }
    return context


def _firing(now: datetime) -> dict[str, Any]:
    url = reverse("admin:alerts_alert_changelist")
    rows = Alert.objects.filter(status__in=FIRING).select_related("integration")
    shown = [
        {
            "url": reverse("admin:alerts_alert_change", args=(alert.pk,)),
            "badge": badge(alert.status, alert.get_status_display()),
            "title": alert.title,
            "fired": time_tag(alert.created_at, now),
        }
        for alert in rows[:SHOWN]
    ]
    last = None if shown else Alert.objects.order_by("-created_at").values_list("created_at", flat=True).first()
    count = rows.count()
    return {
        "count": count,
        "rows": shown,
        "url": f"{url}?status__in=open,dropped",
        "last": last and time_tag(last, now),
    }


def _on_call(now: datetime) -> list[dict[str, Any]]:
    schedules = list(Schedule.objects.select_related("team").order_by("name")[:SHOWN])
    found = on_call_now(schedules, now) if schedules else {}
    people = User.objects.in_bulk({pk for pks in found.values() for pk in pks})
    return [
        {
            "schedule": schedule,
            "url": reverse("admin:oncall_schedule_change", args=(schedule.pk,)),
            "names": ", ".join(str(people[pk]) for pk in found.get(schedule.pk, ()) if pk in people),
        }
        for schedule in schedules
    ]


def _clock(now: datetime) -> dict[str, Any]:
    late = clock.lateness(now)
    following = clock.next_due()
    return {
        "late": late > timedelta(seconds=settings.CLOCK_LATE_AFTER),
        "lateness": span_words(late),
        "next": time_tag(following, now) if following else "",
    }


def _outbox() -> dict[str, Any]:
    url = reverse("admin:paging_notification_changelist")
    kept = Notification.objects.filter(status=Notification.Status.KEPT).count()
    return {"count": kept, "url": f"{url}?status__exact=kept"}
