"""Mails that are alerts: the local part of the address is the integration's token."""

from __future__ import annotations

from datetime import datetime

from alerts.ingest.mail import Mail
from alerts.models import Integration
from alerts.services.receive import Received, receive
from base.errors import Invalid, NotFound

UNKNOWN = "There is no mailbox of that name."


def mailbox(address: str, domain: str = "") -> Integration:
    """Return the integration that an address leads to.

    Raises Invalid when it is not of the domain, where one is given, and NotFound when nobody has the token."""
    token, _, host = address.strip().rpartition("@")
    if domain and host.lower() != domain.lower():
        raise Invalid(f"{host} is not {domain}")
    # Some mail servers write addresses in lower case; a token that then fits two integrations is not guessed.
    found = Integration.objects.filter(type=Integration.INBOUND_EMAIL, deleted_at=None, token__iexact=token)[:2]
    exact = [row for row in found if row.token == token] or list(found)
    if len(exact) != 1:
        raise NotFound(UNKNOWN)
    return exact[0]


def receive_mail(mail: Mail, *, domain: str = "", now: datetime) -> Received:
    """Take a mail in; the first recipient of the domain says for whom it is. It returns after the commit.

    Raises Invalid when no recipient is of the domain, NotFound when nobody has that mailbox."""
    ours = [address for address in mail.recipients if not domain or address.lower().endswith(f"@{domain.lower()}")]
    if not ours:
        raise Invalid("No recipient is of our domain")
    return receive(mailbox(ours[0], domain), mail.payload(), now=now)
