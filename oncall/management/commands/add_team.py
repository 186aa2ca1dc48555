"""`manage.py add_team SLUG`: make a team of people who exist."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from base.errors import DomainError
from oncall.models import User
from oncall.services import people


class Command(BaseCommand):
    """Make a team."""

    help = "Make a team. It has no schedule and no escalation chain yet: paging it fails until it has one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help="how APIs call the team, like api-operations")
        parser.add_argument("--name", default="", help="how people call it (default: the slug)")
        parser.add_argument(
            "--member", action="append", default=[], metavar="EMAIL", help="somebody in it; may be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the members, make the team."""
        members = [self._member(email) for email in options["member"]]
        try:
            team = people.add_team(options["slug"], name=options["name"], members=members)
        except DomainError as exc:
            raise CommandError(exc.message) from exc
        self.stdout.write(f"{team.slug}: {team.members.count()} members")

    def _member(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"Nobody has the address {email}; no team was made.")
        return user
