"""manage.py page_me EMAIL: send a test page by the real path, and say what happens next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts.models import Source
from alerts.services import create_alert
from base import clock
from base.errors import DomainError
from oncall.models import User
from paging import messages, reach
from paging.channels import registry


class Command(BaseCommand):
    """Open an alert that is marked as a test and aimed at one person."""

    help = "Send a marked test page to one person, the way a real one would go."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address of the person."""
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Open the alert; the clock does the rest."""
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(
                f"{email}: nobody has this address; make one with `manage.py issue_api_key {email} --create`"
            )
        if not user.may_be_asked:
            raise CommandError(f"{email}: {user} may not be asked; the role must be editor or admin, and active")
        try:
            alert, _ = create_alert(
                title=f"Test page for {user}",
                description="Somebody asked for this page. Nothing is broken: acknowledge it to see how that goes.",
                destinations=[f"usr_{user.public_id}"],
                by=user,
                source=Source.COMMAND,
                now=clock.now(),
                subtype="page",
                meta={"test": True},
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Test alert {alert.pk} asks {user}: {alert.console_url}")
        for line in foretell(user, important=alert.is_important):
            self.stdout.write(line)


def foretell(user: User, *, important: bool) -> list[str]:
    """Return what happens next, one line each: findings, then messages with their delay."""
    found = reach.plan(
        str(user),
        rules=list(user.notification_rules.order_by("position", "pk")),
        methods=list(user.contact_methods.order_by("pk")),
        channels=registry.person_channels(),
        important=important,
    )
    lines = [finding.text for finding in found.findings]
    for planned in found.planned:
        when = f"after {messages.ago(planned.offset)}" if planned.offset > timedelta(0) else "at once"
        lines.append(f"{when}: {planned.channel} to {planned.address}")
    if found.planned and (user.is_sample or not settings.EMAIL_CONFIGURED):
        why = "this is a sample person" if user.is_sample else "EMAIL_URL is not set"
        lines.append(f"E-mail is kept in the outbox, which the console shows: {why}.")
    return [*lines, "The clock sends it: `manage.py up` must be running."]
