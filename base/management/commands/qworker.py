"""The cluster of task workers, as the supervisor starts it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Internal: `manage.py up` starts this and restarts it."""

    help = "Run the task workers (started by `up`)."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until told to stop."""
        from base import qcluster  # noqa: PLC0415  django-q2 reads its settings at import

        sys.exit(qcluster.run())
