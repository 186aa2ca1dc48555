"""`manage.py sample load|remove`: sample data, and its removal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from base import clock
from paging import sample


class Command(BaseCommand):
    """Load or remove the sample data."""

    help = "Load teams, people, schedules, chains, integrations and alerts to look at, or remove them again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", choices=["load", "remove"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say what was done."""
        lines = self._load() if options["what"] == "load" else self._remove()
        self.stdout.write("\n".join(lines))

    def _load(self) -> list[str]:
        count = sample.load(clock.now())
        if count is None:
            return ["The sample data is loaded already; nothing was changed."]
        return [f"Sample data is loaded, with {count} alerts. `manage.py sample remove` takes it away."]

    def _remove(self) -> list[str]:
        removed = sample.remove()
        if not removed.anything:
            return ["There is no sample data."]
        touched = [f"  {line}" for line in removed.lost]
        return [
            f"Sample data is removed, with {removed.alerts} alerts.",
            *(["Rows that stay and pointed at it:", *touched] if touched else []),
        ]
