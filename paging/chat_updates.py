"""Messages in chats follow their alert: whoever acts, by whatever door, they say so soon afterwards."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django_q.tasks import async_task

from alerts.models import Alert
from paging.models import Notification

BATCH = 200


def change_due() -> int:
    """Ask a task to change the messages of alerts that moved on since; return how many messages there were.

    A message of an alert that has ended is changed a last time."""
    behind = Notification.objects.filter(shown_run__isnull=False).exclude(shown_run=F("alert__run"))
    if not behind.exists():
        return 0  # looking takes no write lock on SQLite
    with transaction.atomic():
        rows = list(behind.select_related("alert").select_for_update(skip_locked=True, of=("self",))[:BATCH])
        alerts: dict[int, Alert] = {row.alert.pk: row.alert for row in rows if row.alert}
        for pk, alert in alerts.items():
            shown = None if alert.has_ended else alert.run
            Notification.objects.filter(pk__in=[row.pk for row in rows if row.alert_id == pk]).update(shown_run=shown)
            async_task("paging.tasks.edit_messages", pk)
    return len(rows)
