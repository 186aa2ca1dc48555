"""Logs: one line an event, as key=value, with no secret in it."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Any

MASK = "***"
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
NEEDS_QUOTES = re.compile(r'[\s"=\\]|[^\x20-\x7e]')
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
SECRET_FIELDS = re.compile(r"(?i)authorization|password|passwd|secret|token|api_?key|cookie")
SECRETS = (
    # inbound addresses: /integrations/v1/<type>/<token>/, /integration/int_<id>
    (re.compile(r"(/integrations/v1/[^/\s]+/)[^/\s?\"']+"), rf"\1{MASK}"),
    (re.compile(r"(/integration/)[^/\s?\"']+"), rf"\1{MASK}"),
    # reply links: /r/<signed>
    (re.compile(r"(/r/)[^/\s?\"']+"), rf"\1{MASK}"),
    # headers, and what looks like them: Authorization: Bearer …, api_key=…
    (re.compile(r"(?i)(authorization\b[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|token|basic)\s+)?[^\s\"',;]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer\s+)[^\s\"',;]+"), rf"\1{MASK}"),
    (
        re.compile(r"(?i)\b((?:x-)?(?:api[-_]?(?:key|secret)|password|passwd|secret|token)[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&]+"),
        rf"\1{MASK}",
    ),
    # user:password@ in an address
    (re.compile(r"(\w://[^/\s:@]*:)[^@\s/]+@"), rf"\1{MASK}@"),
)  # fmt: skip


def mask(text: str) -> str:
    """Hide what opens a door: tokens in addresses, authorization headers, passwords."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class LineFormatter(logging.Formatter):
    """Write `time=… level=… logger=… event="…"`, then whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, whatever the message holds."""
        instant = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: dict[str, Any] = {
            "time": instant,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        fields |= {key: value for key, value in vars(record).items() if key not in STANDARD and not key.startswith("_")}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={_value(key, value)}" for key, value in fields.items())


def _value(key: str, value: object) -> str:
    if SECRET_FIELDS.search(key):
        return MASK
    text = mask(str(value))
    if text and not NEEDS_QUOTES.search(text):
        return text
    escaped = CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text.translate(ESCAPES))
    return f'"{escaped}"'
