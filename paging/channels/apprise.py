"""Discord, Matrix, Microsoft Teams, ntfy, Gotify, Pushover and the long tail, through Apprise: one target a message.

Apprise tells neither statuses nor time-outs and calls any address. Its services are therefore given our own `requests`,
which refuses private addresses, keeps one deadline, and remembers what was answered.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from base import guarded_http
from oncall.addresses import APPRISE_REFUSED
from oncall.models import ContactMethod
from paging.channels.base import Receipt, SendError
from paging.channels.chat import PASSING, TIMEOUT, ChatChannel, ChatMessage
from paging.models import Notification

LONGEST_ANSWER = 50_000  # bytes


@dataclass(slots=True)
class Trail:
    """What happened while one message was sent, in one thread."""

    deadline: float
    status: int = 0
    retry_after: int = 0
    error: Exception | None = None


class GuardedRequests:
    """Stands in for the module `requests` in the modules of Apprise that talk to services."""

    def __init__(self) -> None:
        self._local = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def begin(self) -> Trail:
        """Start the clock for one message of this thread."""
        self._local.trail = Trail(time.monotonic() + TIMEOUT)
        trail: Trail = self._local.trail
        return trail

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Send one request, guarded, and note how it ended."""
        trail: Trail = self._local.trail
        kwargs = {**kwargs, "timeout": max(0.01, trail.deadline - time.monotonic()), "stream": True}
        try:
            with guarded_http.session(trail.deadline) as session:
                response = session.request(method, url, **kwargs)
                _read(response, trail.deadline)
        except guarded_http.RefusedAddress as error:
            trail.error = error
            raise requests.ConnectionError(str(error)) from error  # Apprise expects what requests raises
        except requests.RequestException as error:
            trail.error = error
            raise
        trail.status, trail.error = response.status_code, None
        said = response.headers.get("Retry-After", "")
        trail.retry_after = int(said) if said.isdecimal() else 0
        return response

    def post(self, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests.post."""
        return self.request("POST", url, **_with_data(args, kwargs))

    def put(self, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests.put."""
        return self.request("PUT", url, **_with_data(args, kwargs))

    def patch(self, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests.patch."""
        return self.request("PATCH", url, **_with_data(args, kwargs))

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        """As requests.get."""
        return self.request("GET", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> requests.Response:
        """As requests.delete."""
        return self.request("DELETE", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> requests.Response:
        """As requests.head."""
        return self.request("HEAD", url, **kwargs)

    def Session(self) -> requests.Session:  # noqa: N802  the name that requests gives it
        """As requests.Session, guarded."""
        trail: Trail = self._local.trail
        return guarded_http.session(trail.deadline)

    session = Session


def _with_data(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**kwargs, "data": args[0]} if args else kwargs


def _read(response: requests.Response, deadline: float) -> None:
    """Read as much of the answer as is of use, while its connection is open."""
    found = b""
    for piece in response.iter_content(8_192):
        found += piece
        if len(found) > LONGEST_ANSWER or time.monotonic() > deadline:
            break
    response._content = found  # noqa: SLF001  what was read is what Apprise sees
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


GUARDED = GuardedRequests()


class AppriseChannel(ChatChannel):
    """One kind of contact method whose target is an Apprise URL."""

    def __init__(self, kind: str) -> None:
        self.name = self.contact_kind = kind

    def target(self, notification: Notification) -> str:
        """Return the URL, which the contact method keeps to itself."""
        return notification.contact_method.target if notification.contact_method else ""

    def compose(self, notification: Notification, *, now: datetime) -> ChatMessage:
        """Return the message. Raises SendError when the contact method is gone."""
        message = super().compose(notification, now=now)
        if not message.target:
            raise SendError("The contact method was deleted.", permanent=True, provider=self.name)
        return message

    def post(self, message: ChatMessage) -> Receipt:
        """Let Apprise speak to the service, in this thread."""
        trail = GUARDED.begin()
        service = _service(message.target, self.name)
        words = message.words
        try:
            sent = service.notify(body=f"{words.text}\n\n{words.link}", title=words.title)
        except (TypeError, ValueError) as error:
            raise SendError(f"{type(error).__name__}: {error}"[:500], permanent=True, provider=self.name) from error
        if not sent:
            raise _refusal(trail, self.name)
        return Receipt("sent", self.name, f"{trail.status}: taken by {service.service_name}.")


def _service(target: str, provider: str) -> Any:
    """Return Apprise's object for a URL. Raises SendError for one that it does not know or that cannot be guarded."""
    from apprise import Apprise  # noqa: PLC0415  300 ms and 34 MB, only where messages are sent

    scheme = target.partition("://")[0].lower()
    service = None if scheme in APPRISE_REFUSED else Apprise.instantiate(target, suppress_exceptions=True)
    if service is None:
        raise SendError("Apprise does not know this address.", permanent=True, provider=provider)
    module = sys.modules[type(service).__module__]
    if not hasattr(module, "requests"):
        raise SendError(f"{scheme}:// cannot be kept from private networks.", permanent=True, provider=provider)
    module.requests = GUARDED  # type: ignore[attr-defined]  # found by hasattr; the same object every time
    return service


def _refusal(trail: Trail, provider: str) -> SendError:
    """Say what went wrong, without the address: it holds secrets."""
    if isinstance(trail.error, guarded_http.RefusedAddress):
        return SendError(str(trail.error), permanent=True, provider=provider)
    if trail.error is not None:
        return SendError(f"{type(trail.error).__name__}: no answer.", permanent=False, provider=provider)
    permanent = 400 <= trail.status < 500 and trail.status not in PASSING
    said = f"{trail.status}: the service refused it." if trail.status else "The service was never asked."
    return SendError(said, permanent=permanent or not trail.status, provider=provider, retry_after=trail.retry_after)


def channels() -> list[AppriseChannel]:
    """Return the channels that Apprise carries."""
    kind = ContactMethod.Kind
    kinds = (kind.DISCORD, kind.MATRIX, kind.MSTEAMS, kind.NTFY, kind.GOTIFY, kind.PUSHOVER, kind.APPRISE)
    return [AppriseChannel(name.value) for name in kinds]
