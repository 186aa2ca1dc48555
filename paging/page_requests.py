"""What a request for attention says, read without a database: every reason to refuse it is told at once.

Source: seed 000, spec/hotpot-paging-api A4, A5 and A7.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.dateparse import parse_datetime

from alerts.ingest.storable import storable_text
from paging.models import Moment
from paging.models.pages import MOMENT_NAME_LENGTH

TITLE_LENGTH = 255
TEXT_BYTES = 64 * 1024
URGENCIES = ("low", "medium", "high")
NOT_AN_OBJECT = "The body must be a JSON object"
NAMES = ("name", "title", "summary", "alert_name", "subject")  # where other products put what happened
_is_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page as it was asked for; empty where a value cannot be used."""

    title: str = ""
    text: str = ""
    recipient: str = ""
    source_url: str | None = None
    urgency: str = "medium"


@dataclass(frozen=True, slots=True)
class Happened:
    """A moment as it was told."""

    name: str = ""
    type: str = ""
    description: str = ""
    priority: str = "medium"
    source: str = ""
    source_url: str = ""
    occurred_at: datetime | None = None


def parse(body: str) -> Any:
    """Return what the JSON says; numbers are all floats, since none is ever used. Raises ValueError."""
    try:
        return json.loads(body, parse_constant=_refuse, parse_int=float)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def read_page(payload: Any) -> tuple[Wanted, list[str]]:
    """Return the page and everything that is wrong with it."""
    if not isinstance(payload, dict):
        return Wanted(), [NOT_AN_OBJECT]
    errors: list[str] = []
    title, text, recipient = (_required(payload, name, errors) for name in ("title", "text", "recipient"))
    if len(title) > TITLE_LENGTH:
        errors.append(f"title is too long (maximum is {TITLE_LENGTH} characters)")
    if len(text.encode()) > TEXT_BYTES:
        errors.append(f"text is too long (maximum is {TEXT_BYTES} bytes)")
    urgency = _one_of(payload, "urgency", URGENCIES, "medium", errors)
    return Wanted(title, text, recipient.strip(), _url(payload, errors) or None, urgency), errors


def read_moment(payload: Any, *, foreign: bool, now: datetime) -> tuple[Happened, list[str]]:
    """Return the moment and everything that is wrong with it; `foreign` payloads have the shape of their product."""
    if not isinstance(payload, dict):
        return Happened(), [NOT_AN_OBJECT]
    errors: list[str] = []
    if foreign:
        payload = _familiar(payload)
    name = _required(payload, "name", errors).strip()
    if len(name) > MOMENT_NAME_LENGTH:
        errors.append(f"name is too long (maximum is {MOMENT_NAME_LENGTH} characters)")
    kind = ""
    if _required(payload, "type", errors):
        kind = _one_of(payload, "type", tuple(Moment.Type.values), "", errors)
    found = Happened(
        name=name,
        type=kind,
        description=_text(payload, "description", errors),
        priority=_one_of(payload, "priority", URGENCIES, "medium", errors),
        source=_text(payload, "source", errors)[:200],
        source_url=_url(payload, errors),
        occurred_at=_past(payload, now, errors),
    )
    return found, errors


def _familiar(payload: dict[str, Any]) -> dict[str, Any]:
    name = next((payload[key] for key in NAMES if isinstance(payload.get(key), str) and payload[key].strip()), "")
    known = {"name": str(name)[:MOMENT_NAME_LENGTH], "type": "alert", "description": json.dumps(payload, indent=2)}
    return known | {key: payload[key] for key in ("source", "source_url") if isinstance(payload.get(key), str)}


def _required(payload: dict[str, Any], name: str, errors: list[str]) -> str:
    value = payload.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        errors.append(f"{name} can't be blank")
        return ""
    return _text(payload, name, errors)


def _text(payload: dict[str, Any], name: str, errors: list[str]) -> str:
    value = payload.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        errors.append(f"{name} must be a string")
        return ""
    return storable_text(value)


def _one_of(payload: dict[str, Any], name: str, choices: tuple[str, ...], default: str, errors: list[str]) -> str:
    value = payload.get(name)
    if value is None:
        return default
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in choices:
        errors.append(f"{name} must be one of {', '.join(choices)}")
        return default
    return word


def _url(payload: dict[str, Any], errors: list[str]) -> str:
    value = payload.get("source_url")
    if value is None or value == "":
        return ""
    text = storable_text(value.strip()) if isinstance(value, str) else ""
    try:
        _is_url(text)
        usable = bool(urlsplit(text).hostname)
    except (ValidationError, ValueError):
        usable = False
    if not usable:
        errors.append("source_url is not a valid URL")
        return ""
    return text


def _past(payload: dict[str, Any], now: datetime, errors: list[str]) -> datetime:
    value = payload.get("occurred_at")
    if value is None:
        return now
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None:
        errors.append("occurred_at is not an ISO 8601 time")
        return now
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at > now:
        errors.append("occurred_at must be in the past")
    return at
