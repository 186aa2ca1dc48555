"""manage.py housekeeping: delete now what is older than the settings allow."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from base import clock
from paging import retention


class Command(BaseCommand):
    """Delete old payloads, attempts and log lines of alerts that have ended."""

    help = "Delete payloads, attempts and log lines that are older than the settings allow."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many rows went."""
        swept = retention.sweep(clock.now(), settings.RETENTION_DAYS)
        self.stdout.write(", ".join(f"{count} {kind}" for kind, count in swept.items()) + " deleted.")
