"""HTTP to addresses that users wrote: private networks are refused unless the operator allows them.

A name is resolved once and the connection goes to the very address that was checked, at each redirect anew.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

MAX_REDIRECTS = 3
MAX_ANSWER = 50_000  # characters
CHUNK = 8_192

# It warns of every private address, allowed ones too; a refusal is recorded with the attempt.
logging.getLogger("requests_hardened.ip_filter").setLevel(logging.ERROR)


class RefusedAddress(Exception):
    """The address must not be called; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `whole` is false when it was cut at the limit or by the deadline."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    encoding: str
    whole: bool

    @property
    def text(self) -> str:
        """The answer in words, or that it was too long to keep."""
        text = self.body.decode(self.encoding, "replace")
        return text if len(text) <= MAX_ANSWER else f"The answer has more than {MAX_ANSWER} characters."

    @property
    def retry_after(self) -> int:
        """The seconds that the server asks us to wait; 0 where it does not, or names an instant."""
        value = self.headers.get("Retry-After", "")
        return int(value) if value.isascii() and value.isdecimal() else 0


class _GuardedAdapter(IPFilterAdapter):  # type: ignore[misc]  # the package has no types
    """Refuses private addresses that are not allowed, and our own; keeps one deadline over all redirects."""

    def __init__(self, *, is_https: bool, deadline: float, allowed: Sequence[str]) -> None:
        super().__init__(is_https_proto=is_https)
        self._is_https = is_https
        self._deadline = deadline
        self._allowed = allowed

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Pin the connection to the checked address."""
        try:
            return super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as refused:
            address = refused.args[0]
            if not is_allowed(address, self._allowed):
                host = urlsplit(request.url).hostname
                raise RefusedAddress(f"{host} is the private address {address}, which is not allowed.") from refused
            host_params, pool_kwargs = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
            if self._is_https:  # the certificate is for the name, not for the address
                names: Any = pool_kwargs
                names["assert_hostname"] = names["server_hostname"] = host_params["host"]
            host_params["host"] = f"[{address}]" if address.version == 6 else str(address)
            return host_params, pool_kwargs

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send with what is left of the time."""
        if is_our_own(request.url):
            raise RefusedAddress("The address is our own.")
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise requests.Timeout("no time is left after the redirects")
        return super().send(request, **{**kwargs, "timeout": left})


def is_allowed(address: Any, allowed: Sequence[str]) -> bool:
    """Tell whether a private address lies in one of the networks that may be called."""
    networks = [ipaddress.ip_network(network, strict=False) for network in allowed]
    return any(address.version == network.version and address in network for network in networks)


def is_our_own(url: str) -> bool:
    """Tell whether an address leads to this installation."""
    ours, theirs = urlsplit(settings.TOCSIN_BASE_URL), urlsplit(url)
    ports = {"http": 80, "https": 443}
    return (ours.hostname, ours.port or ports.get(ours.scheme)) == (
        theirs.hostname,
        theirs.port or ports.get(theirs.scheme),
    )


def call(
    method: str, url: str, *, headers: dict[str, str], body: bytes, auth: tuple[str, str] | None, seconds: float
) -> tuple[int, str]:
    """Return the status and the first 50,000 characters of the answer to a webhook.

    Raises RefusedAddress, requests.Timeout when `seconds` are over, else requests.RequestException."""
    answer = exchange(method, url, headers=headers, body=body, auth=auth, seconds=seconds)
    return answer.status, answer.text


def exchange(
    method: str,
    url: str,
    *,
    headers: dict[str, str],
    body: bytes,
    seconds: float,
    auth: tuple[str, str] | None = None,
    trusted: bool = False,
) -> Answer:
    """Return the answer, else as `call`. `trusted`: the operator wrote the address, so it may be anywhere."""
    deadline = time.monotonic() + seconds
    timeout = seconds if trusted else None  # guarded adapters count what is left themselves
    with (
        session(deadline, trusted=trusted) as opened,
        opened.request(
            method, url, headers=headers, data=body or None, auth=auth, stream=True, timeout=timeout
        ) as response,
    ):
        return _read(response, deadline, MAX_ANSWER * 4)


def fetch(url: str, *, headers: dict[str, str], allowed: Sequence[str], seconds: float, limit: int) -> Answer:
    """GET at most `limit` bytes; `allowed` are the private networks that may be reached. Raises as `call` does."""
    deadline = time.monotonic() + seconds
    with (
        session(deadline, allowed=allowed) as opened,
        opened.get(url, headers=headers, stream=True) as response,
    ):
        return _read(response, deadline, limit)


def session(deadline: float, *, allowed: Sequence[str] | None = None, trusted: bool = False) -> requests.Session:
    """Return a session that ends at `deadline` (monotonic) and calls no private address outside `allowed`.

    Without `allowed` the networks that webhooks may reach are meant; `trusted`: it may call any address."""
    networks = settings.WEBHOOK_ALLOWED_NETWORKS if allowed is None else allowed
    opened = requests.Session()
    opened.trust_env = False  # a proxy of the environment would resolve the name again
    opened.max_redirects = MAX_REDIRECTS
    if not trusted:
        opened.mount("http://", _GuardedAdapter(is_https=False, deadline=deadline, allowed=networks))
        opened.mount("https://", _GuardedAdapter(is_https=True, deadline=deadline, allowed=networks))
    return opened


def _read(response: requests.Response, deadline: float, limit: int) -> Answer:
    """Read as much of the answer as is kept, and never longer than the time allows."""
    pieces, size, whole = [], 0, True
    for piece in response.iter_content(CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > limit or time.monotonic() > deadline:
            whole = False
            break
    body = b"".join(pieces)
    return Answer(response.status_code, response.headers, body, response.encoding or "utf-8", whole)
