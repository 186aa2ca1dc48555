"""What django-q2 calls for paging."""

from __future__ import annotations

import logging

from django.conf import settings
from django_q.models import Schedule

from base import clock
from oncall import tasks as oncall_tasks
from paging import chat_messages, pages, retention
from paging.channels import registry
from paging.channels.base import SendError
from paging.channels.chat import EditableChannel
from paging.models import Notification

logger = logging.getLogger(__name__)
HOUSEKEEPING = "tocsin: housekeeping"


def housekeeping() -> dict[str, int]:
    """Delete what is older than the settings allow; return how many rows of each kind."""
    swept = retention.sweep(clock.now(), settings.RETENTION_DAYS)
    logger.info("housekeeping", extra=swept)
    return swept


def process_page(pk: int) -> bool:
    """Do what an accepted request asks for; False when it was done before."""
    return pages.process(pk, now=clock.now())


def edit_messages(alert_pk: int) -> int:
    """Take the buttons off the chat messages of an alert that waits for no answer; return how many were changed.

    One that cannot be changed keeps its buttons: they say who was faster."""
    now, changed = clock.now(), 0
    related = ("alert__acknowledged_by", "alert__resolved_by", "assignment", "user")
    rows = Notification.objects.filter(alert=alert_pk).exclude(reference="").select_related(*related)
    for row in rows:
        channel, words = registry.CHANNELS.get(row.channel), chat_messages.closed(row, now)
        if not isinstance(channel, EditableChannel) or words is None:
            continue
        try:
            channel.edit(row.reference, words)
        except SendError as error:
            logger.warning("a chat message cannot be changed: %s", error.answer, extra={"notification": row.pk})
        else:
            changed += 1
    return changed


def ensure_schedules() -> None:
    """Make sure that housekeeping runs once a day and oncall's tasks when they should; called at every start."""
    oncall_tasks.ensure_schedules()
    Schedule.objects.update_or_create(
        name=HOUSEKEEPING, defaults={"func": "paging.tasks.housekeeping", "schedule_type": Schedule.DAILY}
    )
