"""The words that go to subscribers. Everything in them is public already; nothing of people or alerts is."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.template.loader import get_template
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from paging.channels.email import Mail
from paging.channels.webhook import Call
from statuspage import links, markdown
from statuspage.models import NoticeChange, Publication, StatusPage, Subscriber

PREFERENCES = "{{preferences}}"  # stands for the one thing that differs between the mails of one change
UNSUBSCRIBE = "{{unsubscribe}}"
CHAT_BODIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "slack": lambda text: {"text": text},
    "google_chat": lambda text: {"text": text},
    "msteams": lambda text: {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [{"type": "TextBlock", "text": text, "wrap": True}],
                },
            }
        ],
    },
}


@dataclass(frozen=True, slots=True)
class Words:
    """What is said on every channel, with marks where a subscriber's own links belong."""

    subject: str
    text: str
    html: str
    facts: dict[str, Any]


def preferences_url(row: Subscriber) -> str:
    """Return where somebody chooses what to hear of, without an account."""
    return f"{row.page.url}/subscribe/manage/{links.subscriber_token(row.pk, row.secret, 'manage')}"


def unsubscribe_url(row: Subscriber) -> str:
    """Return where a POST ends it at once (RFC 8058)."""
    return f"{row.page.url}/unsubscribe/{links.subscriber_token(row.pk, row.secret, 'manage')}"


def confirm_url(row: Subscriber) -> str:
    """Return where an address is confirmed."""
    return f"{row.page.url}/subscribe/confirm/{links.subscriber_token(row.pk, row.secret, 'confirm')}"


def of_change(change: NoticeChange) -> Words:
    """Return the words of one change of a notice, in the language and zone of its page."""
    notice, page = change.notice, change.notice.page
    with translation.override(page.locale):
        comment = change.update.content if change.update else ""
        context = {
            "page": page,
            "notice": notice,
            "state": gettext(change.get_state_display()),
            "comment": markdown.to_text(comment),
            "comment_html": markdown.to_html(comment) if comment else "",
            "components": list(notice.components.order_by("position", "pk").values_list("name", flat=True)),
            "begins": _shown(notice.begins_at, page),
            "ends": _shown(notice.ends_at, page),
            "at": _shown(change.at, page),
            "link": notice.link + (f"#update-{change.update_id}" if change.update_id else ""),
            "preferences": PREFERENCES,
            "unsubscribe": UNSUBSCRIBE,
            "language": translation.get_language(),
        }
        subject = " ".join(f"[{context['state']}] {notice.subject} · {page.name}".split())
        return Words(
            subject[:200],
            get_template("subscriptions/notice.txt").render(context),
            get_template("subscriptions/notice.html").render(context),
            _facts(change, context),
        )


def of_door(publication: Publication, row: Subscriber) -> Words:
    """Return the words that ask to confirm an address, or lead to the preferences."""
    page = publication.page
    confirms = publication.purpose == Publication.Purpose.CONFIRM
    with translation.override(page.locale):
        context = {
            "page": page,
            "link": confirm_url(row) if confirms else preferences_url(row),
            "confirms": confirms,
            "language": translation.get_language(),
        }
        said = gettext("Confirm your subscription") if confirms else gettext("Your subscription")
        facts = {
            "event": "subscription.confirm" if confirms else "subscription.preferences",
            "page": _page(page),
            "confirm_url" if confirms else "preferences_url": context["link"],
            **({"secret": row.secret} if confirms else {}),
        }
        return Words(
            " ".join(f"{said}: {page.name}".split())[:200],
            get_template("subscriptions/door.txt").render(context),
            get_template("subscriptions/door.html").render(context),
            facts,
        )


def mail(publication: Publication, row: Subscriber, words: Words) -> Mail:
    """Return the mail to one subscriber."""
    own = {PREFERENCES: preferences_url(row), UNSUBSCRIBE: unsubscribe_url(row)}
    return Mail(
        key=publication.dedup,
        keep=publication.page.is_sample or not settings.EMAIL_CONFIGURED,
        to=publication.address,
        subject=words.subject,
        text=_filled(words.text, own),
        html=_filled(words.html, own),
        headers=headers(publication, row),
    )


def call(publication: Publication, row: Subscriber, words: Words, now: datetime) -> Call:
    """Return the request to one subscriber's webhook, signed with their secret, or to their chat room."""
    chat = CHAT_BODIES.get(publication.channel)
    content = chat(f"{words.subject}\n{words.facts.get('text', '')}\n{_link(words)}".strip()) if chat else words.facts
    body = json.dumps(content, ensure_ascii=False)
    sent = {"Content-Type": "application/json", "User-Agent": "Tocsin", "Idempotency-Key": publication.dedup}
    if not chat:
        sent["X-Tocsin-Signature"] = signature(row.secret, body, now)
        sent["Link"] = f'<{unsubscribe_url(row)}>; rel="unsubscribe"'
    return Call(
        key=publication.dedup,
        keep=publication.page.is_sample,
        method="POST",
        url=publication.address,
        headers=sent,
        body=body,
    )


def signature(secret: str, body: str, now: datetime) -> str:
    """Return `t=<unix seconds>,v1=<HMAC-SHA256 of "t.body">`: a receiver can tell who wrote it, and when."""
    at = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def headers(publication: Publication, row: Subscriber) -> dict[str, str]:
    """Return what makes mails of one notice a thread, ends a subscription with one click, and keeps robots silent."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    page = publication.page
    found = {
        "List-Id": f"<{page.page_id}.status.{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Message-ID": f"<{publication.dedup.replace(':', '.')}.{page.page_id}@{domain}>",
    }
    if publication.change:
        root = f"<notice.{publication.change.notice_id}.{page.page_id}@{domain}>"
        found |= {"In-Reply-To": root, "References": root}
    if publication.purpose != Publication.Purpose.CONFIRM:
        found |= {
            "List-Unsubscribe": f"<{unsubscribe_url(row)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return found


def _filled(text: str, own: dict[str, str]) -> str:
    for mark, link in own.items():
        text = text.replace(mark, link)
    return text


def _link(words: Words) -> str:
    return str(words.facts.get("notice", {}).get("url", ""))


def _shown(at: datetime | None, page: StatusPage) -> str:
    if at is None:
        return ""
    return f"{date_format(at.astimezone(page.zone), 'DATETIME_FORMAT')} ({page.time_zone})"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _page(page: StatusPage) -> dict[str, str]:
    return {"id": page.page_id, "name": page.name, "url": page.url}


def _facts(change: NoticeChange, context: dict[str, Any]) -> dict[str, Any]:
    notice = change.notice
    return {
        "event": "notice.created" if not change.previous_state else "notice.changed",
        "at": _iso(change.at),
        "page": _page(notice.page),
        "notice": {
            "id": notice.pk,
            "type": notice.type,
            "state": change.state,
            "subject": notice.subject,
            "url": notice.link,
            "began_at": _iso(notice.began_at),
            "ended_at": _iso(notice.ended_at),
            "begins_at": _iso(notice.begins_at),
            "ends_at": _iso(notice.ends_at),
            "components": context["components"],
        },
        "text": context["comment"],
    }
