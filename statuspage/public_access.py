"""Who may read a private page: rules that travel with its bundle, so that they hold without the database too."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core import signing
from django.utils.crypto import constant_time_compare

from statuspage.models import StatusPage

COOKIE_FOR = timedelta(days=30)
LINK_FOR = timedelta(minutes=30)
_cookies = signing.TimestampSigner(salt="statuspage.cookie")
_links = signing.TimestampSigner(salt="statuspage.link")
REMEMBERED = 1000
_proved: dict[str, None] = {}  # digests of what opened a page: a hash that is slow on purpose is computed once


@dataclass(frozen=True, slots=True)
class Rules:
    """How a reader gets in. `password` is hashed."""

    page_id: str
    access: str
    password: str = ""
    email_domains: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether somebody may be kept out."""
        return self.access != StatusPage.Access.PUBLIC

    @property
    def fingerprint(self) -> str:
        """Return what a cookie is bound to: it ends with the password or the domains it was given for."""
        told = f"{self.page_id}|{self.access}|{self.password}|{','.join(self.email_domains)}"
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    def stored(self) -> dict[str, Any]:
        """Return the rules as a bundle keeps them; nothing for a public page."""
        if not self.is_private:
            return {}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def rules_of(page: StatusPage) -> Rules:
    """Return a page's rules."""
    return Rules(
        page_id=page.page_id,
        access=page.access,
        password=page.password,
        email_domains=tuple(sorted(str(one).lower().lstrip("@") for one in page.email_domains)),
        networks=tuple(str(one) for one in page.networks),
    )


def stored_rules(page_id: str, access: dict[str, Any]) -> Rules:
    """Return the rules that a bundle kept."""
    if not access:
        return Rules(page_id, StatusPage.Access.PUBLIC)
    return Rules(
        page_id=page_id,
        access=access["access"],
        password=access["password"],
        email_domains=tuple(access["email_domains"]),
        networks=tuple(access["networks"]),
    )


def may_read(rules: Rules, *, cookie: str, authorization: str, address: str) -> bool:
    """Return whether a reader may see the page: by network, by cookie, or by HTTP Basic for feed readers."""
    if not rules.is_private:
        return True
    if rules.access == StatusPage.Access.NETWORK:
        return is_inside(address, rules.networks)
    if cookie and _is_cookie(rules, cookie):
        return True
    return rules.access == StatusPage.Access.PASSWORD and _opens(rules, authorization)


def is_proved(rules: Rules, authorization: str) -> bool:
    """Return whether this header opened the page before."""
    return _digest(rules, authorization) in _proved


def _opens(rules: Rules, authorization: str) -> bool:
    if not authorization or is_proved(rules, authorization):
        return bool(authorization)
    if not knows_password(rules, _basic_password(authorization)):
        return False
    while len(_proved) >= REMEMBERED:
        del _proved[next(iter(_proved))]
    _proved[_digest(rules, authorization)] = None
    return True


def _digest(rules: Rules, authorization: str) -> str:
    return hashlib.sha256(f"{rules.fingerprint}|{authorization}".encode()).hexdigest()


def knows_password(rules: Rules, password: str) -> bool:
    """Return whether this is the page's password; a page without one lets nobody in."""
    return bool(password and rules.password) and check_password(password, rules.password)


def is_inside(address: str, networks: Iterable[str]) -> bool:
    """Return whether an address lies in one of the networks; a network that cannot be read holds nobody."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in map(_network, networks) if network is not None)


def has_domain(rules: Rules, email: str) -> bool:
    """Return whether a mail address is of one of the page's domains."""
    local, at, domain = email.strip().lower().rpartition("@")
    return bool(at and local) and domain in rules.email_domains


def cookie_name(page_id: str) -> str:
    """Return the name of the cookie that opens a page."""
    return f"tocsin_page_{page_id}"


def new_cookie(rules: Rules) -> str:
    """Return the value of the cookie that opens a page."""
    return _cookies.sign(rules.fingerprint)


def new_link(rules: Rules) -> str:
    """Return the token of the link that is mailed to somebody of the domain."""
    return _links.sign(rules.fingerprint)


def is_link(rules: Rules, token: str) -> bool:
    """Return whether a mailed link opens the page still."""
    return rules.access == StatusPage.Access.EMAIL_DOMAIN and _is_signed(_links, rules, token, LINK_FOR)


def _is_cookie(rules: Rules, value: str) -> bool:
    return _is_signed(_cookies, rules, value, COOKIE_FOR)


def _is_signed(signer: signing.TimestampSigner, rules: Rules, value: str, lasts: timedelta) -> bool:
    try:
        found = signer.unsign(value, max_age=lasts)
    except signing.BadSignature:
        return False
    return constant_time_compare(found, rules.fingerprint)


def _basic_password(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _network(text: str) -> Any:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def forget() -> None:
    """Forget what opened a page, as a new process would."""
    _proved.clear()
