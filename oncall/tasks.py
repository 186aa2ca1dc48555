"""What django-q2 calls for plans and people."""

from __future__ import annotations

from django.db.models import Q
from django_q.models import Schedule as TaskSchedule
from django_q.tasks import async_task

from base import clock
from oncall.models import CalendarFeed, Schedule
from oncall.services import calendars

FEEDS = "tocsin: imported calendars"
MINUTES = 10


def refresh_feeds() -> int:
    """Ask for a fresh copy of every imported calendar, each in a task of its own; return how many were known."""
    pks = list(CalendarFeed.objects.values_list("pk", flat=True))
    for schedule in Schedule.objects.filter(Q(ical_url_primary__gt="") | Q(ical_url_overrides__gt="")):
        calendars.follow(schedule, now=clock.now())  # an address may have been changed in the console
    for pk in pks:
        async_task("oncall.tasks.refresh_feed", pk)
    return len(pks)


def refresh_feed(pk: int) -> bool:
    """Fetch one imported calendar again."""
    return calendars.refresh(pk, now=clock.now())


def ensure_schedules() -> None:
    """Make sure that imported calendars are renewed every ten minutes; called at every start."""
    TaskSchedule.objects.update_or_create(
        name=FEEDS,
        defaults={"func": "oncall.tasks.refresh_feeds", "schedule_type": TaskSchedule.MINUTES, "minutes": MINUTES},
    )
