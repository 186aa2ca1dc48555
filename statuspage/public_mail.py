"""The mail with the link into a private page. Run by a task: no reader waits for a mail server."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from statuspage import public_words
from statuspage.models import StatusPage

logger = logging.getLogger(__name__)


def send_link(slug: str, email: str, link: str) -> bool:
    """Send the link in the language of the page; return whether anything was sent."""
    page = StatusPage.objects.filter(slug=slug).first()
    if page is None:
        return False
    if not settings.EMAIL_CONFIGURED:
        logger.warning("no mail server is set up: nobody can be let into the status page %s by mail", slug)
        return False
    with public_words.spoken(page.locale, page.time_zone):
        context = {"name": page.name, "link": link}
        subject = " ".join(render_to_string("statuspage/link_subject.txt", context).split())
        text = render_to_string("statuspage/link.txt", context)
    EmailMessage(subject, text, to=[email], headers={"Auto-Submitted": "auto-generated"}).send()
    return True
