"""Check e-mail address and password for an API: slow to guess at, and silent about who exists."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from oncall.models import User
from oncall.models.logins import LoginTry

WINDOW = timedelta(minutes=1)
TRIES_PER_PERSON = 5
TRIES_PER_ADDRESS = 60  # a whole office may sit behind one address


def wait_before_login(email: str, address: str, *, now: datetime) -> timedelta:
    """Count this try and return how long its caller has to wait instead; zero when the try is granted.

    Tries are counted before the password is looked at, so that many at once are no way around."""
    LoginTry.objects.filter(at__lte=now - WINDOW).delete()
    limits = ((_person(email), TRIES_PER_PERSON), (_digest(f"a:{address}"), TRIES_PER_ADDRESS))
    LoginTry.objects.bulk_create(LoginTry(subject=subject, at=now) for subject, _ in limits)
    waits = [_wait(subject, most, now) for subject, most in limits]
    return max(waits)


def _wait(subject: str, most: int, now: datetime) -> timedelta:
    tries = list(LoginTry.objects.filter(subject=subject, at__gt=now - WINDOW).order_by("-at", "-pk")[: most + 1])
    return timedelta() if len(tries) <= most else max(tries[most - 1].at + WINDOW - now, timedelta(seconds=1))


def log_in(email: str, password: str) -> User | None:
    """Return the active person with this address and password; None otherwise, after as much work."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        make_password(password)  # as long as a check takes: the time must not tell who exists
        return None
    if not user.check_password(password) or not user.is_active:
        return None
    LoginTry.objects.filter(subject=_person(email)).delete()
    return user


def _person(email: str) -> str:
    return _digest(f"p:{email.strip().casefold()}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
