"""`manage.py first_start`: make the first admin, print the credentials once, do nothing ever after."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from base import clock
from base.errors import DomainError
from paging.first_start import Credentials, block, first_start


class Command(BaseCommand):
    """Fill an empty installation."""

    help = "Make the first admin, an integration and the sample data; later calls change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--sample", dest="sample", action="store_true", default=True, help="load sample data")
        choice.add_argument("--no-sample", dest="sample", action="store_false", help="start without sample data")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, in one transaction."""
        email = settings.TOCSIN_ADMIN_EMAIL
        try:
            first_start(email=email, with_sample=options["sample"], now=clock.now(), tell=self._tell)
        except DomainError as exc:
            raise CommandError(f"TOCSIN_ADMIN_EMAIL: {email} cannot be the first admin's: {exc.message}") from exc

    def _tell(self, told: Credentials) -> None:
        self.stdout.write(block(told))
        self.stdout.flush()
