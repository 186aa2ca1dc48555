"""Twilio, through its own SDK. It is large, so it is imported where messages are sent and never at start."""

from __future__ import annotations

import threading
from typing import Any

import requests

from paging.channels.base import SendError
from paging.providers.base import Line, Order

NUMBER_REFUSED = frozenset({13223, 13224, 21211, 21214, 21217, 21614})  # no other company would take it either
RING_SECONDS = 30
_sessions = threading.local()


class Twilio:
    """Sends by the REST API of version 2010-04-01."""

    def text(self, line: Line, order: Order, *, seconds: float) -> str:
        """Send a text."""
        return self._create(
            line,
            order,
            seconds,
            "messages",
            body=order.text,
            status_callback=line.callback(f"status/{order.token}"),
        )

    def call(self, line: Line, order: Order, *, seconds: float) -> str:
        """Begin a call; what is said is fetched from us when it is answered."""
        return self._create(
            line,
            order,
            seconds,
            "calls",
            url=line.callback(f"voice/{order.token}"),
            status_callback=line.callback(f"status/{order.token}"),
            status_callback_event=["answered", "completed"],
            timeout=RING_SECONDS,
        )

    def _create(self, line: Line, order: Order, seconds: float, what: str, **fields: Any) -> str:
        from twilio.base.exceptions import TwilioException, TwilioRestException  # noqa: PLC0415  large: see above

        try:
            resource = getattr(_client(line, order.key, seconds), what)
            return str(resource.create(to=order.to, from_=line.sender, **fields).sid)
        except TwilioRestException as error:
            permanent = error.code in NUMBER_REFUSED
            raise SendError(f"{error.status} {error.code} {error.msg}"[:500], permanent=permanent) from error
        except (requests.RequestException, TwilioException, ValueError) as error:
            raise SendError(f"{type(error).__name__}: {error}"[:500], permanent=False) from error


def _client(line: Line, key: str, seconds: float) -> Any:
    """Return a client of the SDK whose requests carry our idempotency key; each thread keeps its connections."""
    from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415  large: see above
    from twilio.rest import Client  # noqa: PLC0415  large: see above

    class Http(TwilioHttpClient):  # type: ignore[misc]  # the package has no types
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            kwargs["headers"] = {**(kwargs.get("headers") or {}), "Idempotency-Key": key}
            return super().request(method, url, *args, **kwargs)

    http = Http(pool_connections=False, timeout=seconds)
    http.session = _session()
    client = Client(line.account, line.secret, http_client=http)
    if line.url:
        client.api.base_url = line.url
    return client


def _session() -> requests.Session:
    if not hasattr(_sessions, "session"):
        _sessions.session = requests.Session()
    session: requests.Session = _sessions.session
    return session
