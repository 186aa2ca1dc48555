"""What a person types to say where they are reached, checked per kind. Secrets are put aside, a short form is shown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from base.errors import Invalid

PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
SLACK = re.compile(r"[UW][A-Z0-9]{6,20}")
TELEGRAM = re.compile(r"[1-9][0-9]{3,15}")
MATTERMOST = re.compile(r"[a-z0-9]{26}|@[a-z][a-z0-9._-]{1,63}")
DISCORD = re.compile(r"https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/webhooks/([0-9]{15,22})/[\w-]{20,100}")
TEAMS_HOSTS = (".logic.azure.com", ".api.powerplatform.com")
TOPIC = re.compile(r"[\w-]{1,64}")
GOTIFY_TOKEN = re.compile(r"[A-Za-z0-9._-]{15}")
PUSHOVER = re.compile(r"([A-Za-z0-9]{30})@([A-Za-z0-9]{30})")
MATRIX = re.compile(r"matrixs?://[^\s@/]+@[^\s/]+/[!#%][^\s]+")
APPRISE = re.compile(r"([a-z][a-z0-9+]{1,30})://\S+")
# They act on the machine that sends, or open connections that cannot be kept from private networks.
APPRISE_REFUSED = frozenset(
    {
        *("dbus", "glib", "gio", "gnome", "kde", "qt", "windows", "macosx", "syslog", "rsyslog"),
        *("mqtt", "mqtts", "mailto", "mailtos", "smpp", "smpps", "xmpp", "irc", "ircs"),
    }
)


@dataclass(frozen=True, slots=True)
class Address:
    """`shown` may be read by everybody; `target` is empty, or the secret that opens the way."""

    shown: str
    target: str = ""


def read(kind: str, text: str) -> Address:
    """Return the address of that kind of contact method. Raises Invalid with what is wanted instead."""
    reader = READERS.get(kind)
    text = text.strip()
    return reader(text) if reader else Address(text)


def mark(secret: str, length: int = 6) -> str:
    """Return a few characters that tell one secret from another and give nothing away."""
    return hashlib.sha256(secret.encode()).hexdigest()[:length]


def _email(text: str) -> Address:
    try:
        validate_email(text)
    except ValidationError as error:
        raise Invalid(f"{text!r} is not an e-mail address.", field="address") from error
    return Address(text)


def _plain(pattern: re.Pattern[str], wanted: str) -> Callable[[str], Address]:
    def check(text: str) -> Address:
        if not pattern.fullmatch(text):
            raise Invalid(f"{text[:80]!r} cannot be used: {wanted}", field="address")
        return Address(text)

    return check


def _refuse(wanted: str) -> Invalid:
    # what was typed may hold a secret: it is not repeated
    return Invalid(f"This address cannot be used: {wanted}", field="address")


def _discord(text: str) -> Address:
    if not (found := DISCORD.fullmatch(text)):
        raise _refuse("give the URL of a Discord webhook, https://discord.com/api/webhooks/….")
    return Address(f"webhook {found[1]} ({mark(text)})", text)


def _msteams(text: str) -> Address:
    parts = _split(text)
    if parts is None or parts[0] != "https" or not parts[1].endswith(TEAMS_HOSTS):
        raise _refuse("give the URL of a Teams workflow, “When a Teams webhook request is received”.")
    return Address(f"workflow ({mark(text)})", text)


def _ntfy(text: str) -> Address:
    wanted = "give a topic of ntfy.sh, or https://your.server/topic."
    if TOPIC.fullmatch(text):
        text = f"https://ntfy.sh/{text}"
    parts = _split(text)
    if parts is None or not TOPIC.fullmatch(parts[2].strip("/")):
        raise _refuse(wanted)
    scheme, host, path = parts
    target = f"{'ntfys' if scheme == 'https' else 'ntfy'}://{_netloc(text)}/{path.strip('/')}"
    return Address(f"{host} ({mark(target)})", target)


def _gotify(text: str) -> Address:
    parts = _split(text)
    if parts is None or not GOTIFY_TOKEN.fullmatch(parts[2].rpartition("/")[2]):
        raise _refuse("give https://your.server/ followed by the token of a Gotify application.")
    scheme, host, path = parts
    target = f"{'gotifys' if scheme == 'https' else 'gotify'}://{_netloc(text)}{path}"
    return Address(f"{host} ({mark(target)})", target)


def _pushover(text: str) -> Address:
    if not PUSHOVER.fullmatch(text):
        raise _refuse("give your user key, an @ and the token of a Pushover application.")
    return Address(f"user {text[:4]}… ({mark(text)})", f"pover://{text}")


def _matrix(text: str) -> Address:
    if not MATRIX.fullmatch(text):
        raise _refuse("give matrixs://access-token@your.server/!room:your.server.")
    host = text.rpartition("@")[2].partition("/")[0]
    return Address(f"{host} ({mark(text)})", text)


def _apprise(text: str) -> Address:
    found = APPRISE.fullmatch(text)
    if not found:
        raise _refuse("give an Apprise URL such as rocket://user:password@host/#channel.")
    if found[1] in APPRISE_REFUSED:
        raise _refuse(f"{found[1]}:// does not speak HTTP and is refused.")
    return Address(f"{found[1]} ({mark(text)})", text)


def _push(text: str) -> Address:
    raise _refuse("a device is registered on the device itself: open “My alerts” there.")


def _split(text: str) -> tuple[str, str, str] | None:
    """Return scheme, host and path of an http or https address."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        return None
    return (parts.scheme, parts.hostname or "", parts.path) if usable else None


def _netloc(text: str) -> str:
    return urlsplit(text).netloc


def _phone(text: str) -> Address:
    """Return a number in E.164: + and 8 to 15 digits, however it was typed."""
    number = re.sub(r"[\s().\-/]", "", text)
    number = "+" + number[2:] if number.startswith("00") else number
    if not PHONE.fullmatch(number):
        raise Invalid(
            f"{text[:80]!r} is no phone number; write it with the country, like +49 151 2345678.", field="address"
        )
    return Address(number)


READERS: dict[str, Callable[[str], Address]] = {
    "email": _email,
    "phone": _phone,
    "push": _push,
    "slack": _plain(SLACK, "give your Slack member ID, such as U012ABCDEF (profile, “Copy member ID”)."),
    "telegram": _plain(TELEGRAM, "give the number that the bot answers to /start, such as 123456789."),
    "mattermost": _plain(MATTERMOST, "give @username or the 26 characters of your user ID."),
    "discord": _discord,
    "matrix": _matrix,
    "msteams": _msteams,
    "ntfy": _ntfy,
    "gotify": _gotify,
    "pushover": _pushover,
    "apprise": _apprise,
}
