"""Buttons in Slack, Telegram and Mattermost: whose they are is signed, and who presses must be who was asked."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_q.tasks import async_task

from alerts.models import Source
from base import clock
from base.errors import DomainError, Forbidden
from oncall.models import ContactMethod, User
from paging import chat_messages, codes, links, services
from paging.channels.mattermost import body as mattermost_body
from paging.models import Notification

SIGNED_WITHIN = 300  # seconds: an older request may be somebody else's copy
TOO_OLD = "This message is too old. Open the console to see the alert."
GONE = "This alert is gone."
SHORT = {"ack": "acknowledge", "res": "resolve", "rej": "reject"}


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button did, in words for who pressed it."""

    answer: str
    notification: Notification | None = None


@csrf_exempt  # Slack's signature is the proof; no cookie takes part
@require_POST
def slack(request: HttpRequest) -> HttpResponse:
    """Take the press of a button; the message is changed a moment later."""
    now = clock.now()
    if not _signed_by_slack(request, now):
        return _refused("The signature is missing, wrong or too old.")
    payload = _json(request.POST.get("payload", ""))
    if payload.get("type") != "block_actions":
        return HttpResponse()
    action = _first(payload.get("actions"))
    member = str(_inner(payload, "user").get("id", ""))
    try:
        _press("slack", str(action.get("value", "")), str(action.get("action_id", "")), {member}, now)
    except Forbidden as error:
        return _refused(error.message)
    return HttpResponse()


@csrf_exempt  # the secret that was given to Telegram is the proof
@require_POST
def telegram(request: HttpRequest) -> HttpResponse:
    """Take a press, or a word to the bot; the answer goes back in the response."""
    now = clock.now()
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if not settings.TELEGRAM_BOT_TOKEN or not constant_time_compare(given, codes.telegram_secret()):
        return _refused("The secret token is missing or wrong.")
    update = _json(request.body)
    if message := _inner(update, "message"):
        return _telegram_word(message, now)
    query = _inner(update, "callback_query")
    short, _, token = str(query.get("data", "")).partition(":")
    presser = str(_inner(query, "from").get("id", ""))
    try:
        pressed = _press("telegram", token, SHORT.get(short, short), {presser}, now)
    except Forbidden as error:
        return _refused(error.message)
    answer = {"method": "answerCallbackQuery", "callback_query_id": query.get("id"), "text": pressed.answer[:200]}
    return JsonResponse(answer)


@csrf_exempt  # the signed token in the button is the proof
@require_POST
def mattermost(request: HttpRequest) -> HttpResponse:
    """Take a press; the changed post goes back in the response."""
    now = clock.now()
    payload = _json(request.body)
    context = _inner(payload, "context")
    pressers = {str(payload.get("user_id", "")), f"@{payload.get('user_name', '')}"}
    try:
        pressed = _press("mattermost", str(context.get("token", "")), str(context.get("verb", "")), pressers, now)
    except Forbidden as error:
        return _refused(error.message)
    found: dict[str, Any] = {"ephemeral_text": pressed.answer}
    words = chat_messages.closed(pressed.notification, now) if pressed.notification else None
    return JsonResponse(found | ({"update": mattermost_body(words)} if words else {}))


def _press(channel: str, token: str, verb: str, pressers: set[str], now: datetime) -> Pressed:
    """Do what a button says. Raises Forbidden for a forged token, and for another person's button."""
    try:
        pk = links.read(token, now)
    except links.Forged as error:
        raise Forbidden("This button is not one of ours.") from error
    except links.Expired:
        return Pressed(TOO_OLD)
    related = ("alert__integration", "alert__acknowledged_by", "alert__resolved_by", "assignment", "user")
    notification = Notification.objects.select_related(*related).filter(pk=pk).first()
    if notification is None or notification.alert is None:
        return Pressed(GONE)
    if notification.channel != channel or notification.address not in pressers:
        raise Forbidden("This button belongs to somebody else.")
    try:
        with transaction.atomic():
            answer = services.record_reply(notification, verb, via=Source.CHAT, now=now).answer
            if verb == "reject":  # what changes the alert itself is seen by the clock
                async_task("paging.tasks.edit_messages", notification.alert.pk)
    except DomainError as error:
        return Pressed(error.message)
    notification.alert.refresh_from_db()
    if notification.assignment:
        notification.assignment.refresh_from_db()
    return Pressed(answer, notification)


def _signed_by_slack(request: HttpRequest, now: datetime) -> bool:
    """Tell whether Slack signed the body just now (v0, HMAC-SHA256 over time and body)."""
    sent, given = request.headers.get("X-Slack-Request-Timestamp", ""), request.headers.get("X-Slack-Signature", "")
    if not settings.SLACK_SIGNING_SECRET or not (sent.isascii() and sent.isdecimal() and len(sent) < 13):
        return False
    if abs(now.timestamp() - int(sent)) > SIGNED_WITHIN:
        return False
    text = b"v0:" + sent.encode() + b":" + request.body
    wanted = "v0=" + hmac.new(settings.SLACK_SIGNING_SECRET.encode(), text, hashlib.sha256).hexdigest()
    return constant_time_compare(given, wanted)


def _telegram_word(message: dict[str, Any], now: datetime) -> HttpResponse:
    """Answer what a person writes to the bot; `/start TOKEN` makes the chat a verified contact method."""
    chat = _inner(message, "chat")
    number, token = str(chat.get("id", "")), str(message.get("text", "")).removeprefix("/start").strip()
    if chat.get("type") != "private" or not number.isdecimal():
        return HttpResponse()
    user = User.objects.filter(pk=codes.chat_user(token, now) or 0, is_active=True).first()
    if user is None:
        text = f"This chat has the number {number}. Give it at {settings.TOCSIN_BASE_URL}/me/ to be paged here."
    else:
        ContactMethod.objects.update_or_create(
            user=user,
            kind=ContactMethod.Kind.TELEGRAM,
            address=number,
            defaults={"verified_at": now, "proven_at": now},
        )
        text = f"This chat reaches {user} from now on."
    return JsonResponse({"method": "sendMessage", "chat_id": int(number), "text": text})


def _refused(text: str) -> HttpResponse:
    return HttpResponse(text, status=403, content_type="text/plain; charset=utf-8")


def _json(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _inner(found: dict[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> dict[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}
