"""`manage.py issue_api_key EMAIL`: the key alone goes to stdout, so that scripts can keep it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from base.errors import DomainError
from oncall.models import User
from oncall.services import keys, people


class Command(BaseCommand):
    """Issue an API key for a person."""

    help = "Print a new API key for a person; it is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--name", default="API key", help="what the key is for")
        parser.add_argument("--create", action="store_true", help="make the person if there is none")
        parser.add_argument("--role", choices=User.Role.values, help="of a person made by --create (default: editor)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find or make the person, print the key."""
        if options["role"] and not options["create"]:
            raise CommandError("--role says what a person made by --create may do; it changes nobody.")
        if not 0 < len(options["name"].strip()) <= 100:
            raise CommandError("--name: give 1 to 100 characters.")
        now = timezone.now()
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None and not options["create"]:
            raise CommandError(f"Nobody has the address {options['email']}; --create makes the person.")
        if user is not None and not user.is_active:
            raise CommandError(f"{user.email} is not active: a key would open nothing.")
        try:
            user = user or people.create_user(options["email"], now=now, role=options["role"] or User.Role.EDITOR)
        except DomainError as exc:
            raise CommandError(exc.message) from exc
        _, token = keys.issue_key(user, name=options["name"].strip(), now=now)
        self.stdout.write(token)
