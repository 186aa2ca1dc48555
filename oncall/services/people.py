"""People and teams: the one way in which console, command, invitation and sample make them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from base.errors import Conflict, Invalid
from oncall.models import ContactMethod, NotificationRule, Team, User
from oncall.models.people import validate_time_zone

USERNAME_LENGTH = 150
TAKEN_EMAIL = "Somebody has this e-mail address."
TAKEN_USERNAME = "Somebody has this username."
ATTEMPTS = 5
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def create_user(
    email: str,
    *,
    now: datetime,
    username: str | None = None,
    name: str = "",
    role: str = User.Role.EDITOR,
    password: str | None = None,
    time_zone: str = "UTC",
    verified: bool = True,
) -> User:
    """Make a person who can be reached: an e-mail contact, and rules that mail at once for both importances.

    `verified` counts the address as theirs without proof. Without a username one is made of the address.
    Raises Invalid for a value that cannot be used, Conflict for an address or username that is taken.
    """
    email, username = email.strip(), username and username.strip()
    _check(email, username, role, time_zone)
    for _ in range(ATTEMPTS):
        _refuse_taken(email, username)
        user = User(email=email, username=username or _free_username(email), name=name, role=role, time_zone=time_zone)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save()
                _make_reachable(user, verified_at=now if verified else None)
        except IntegrityError:  # somebody was faster: say which of the two is taken, or derive another username
            continue
        return user
    raise Conflict(TAKEN_USERNAME)


def _check(email: str, username: str | None, role: str, time_zone: str) -> None:
    try:
        validate_email(email)
    except ValidationError as exc:
        raise Invalid(f"{email!r} is not an e-mail address.", field="email") from exc
    try:
        validate_time_zone(time_zone)
    except ValidationError as exc:
        raise Invalid(f"{time_zone!r} is not a time zone.", field="time_zone") from exc
    if role not in User.Role.values:
        raise Invalid(f"{role!r} is no role; give one of {', '.join(User.Role.values)}.", field="role")
    if username is not None and not 0 < len(username) <= USERNAME_LENGTH:
        raise Invalid(f"A username has 1 to {USERNAME_LENGTH} characters.", field="username")


def _refuse_taken(email: str, username: str | None) -> None:
    if User.objects.filter(email__iexact=email).exists():
        raise Conflict(TAKEN_EMAIL)
    if username and User.objects.filter(username__iexact=username).exists():
        raise Conflict(TAKEN_USERNAME)


def _free_username(email: str) -> str:
    stem = email.split("@", maxsplit=1)[0].lower()[: USERNAME_LENGTH - 8]
    taken = {
        name.lower() for name in User.objects.filter(username__istartswith=stem).values_list("username", flat=True)
    }
    number = 1
    while (candidate := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return candidate


def _make_reachable(user: User, *, verified_at: datetime | None) -> None:
    ContactMethod.objects.create(user=user, kind=ContactMethod.Kind.EMAIL, address=user.email, verified_at=verified_at)
    kind = NotificationRule.Kind.EMAIL
    NotificationRule.objects.bulk_create(
        NotificationRule(user=user, important=important, position=0, kind=kind) for important in (False, True)
    )


def add_team(slug: str, *, name: str = "", members: Iterable[User] = (), time_zone: str = "UTC") -> Team:
    """Make a team; without a name it is called by its slug. Raises Invalid and Conflict."""
    slug = slug.strip().lower()
    if not SLUG.fullmatch(slug) or len(slug) > 100:
        raise Invalid(f"{slug!r} is no slug: use a-z, 0-9 and single hyphens, like api-operations.", field="slug")
    name = name.strip() or slug
    if len(name) > 100:
        raise Invalid("A team's name has at most 100 characters.", field="name")
    try:
        validate_time_zone(time_zone)
    except ValidationError as exc:
        raise Invalid(f"{time_zone!r} is not a time zone.", field="time_zone") from exc
    try:
        with transaction.atomic():
            team = Team.objects.create(slug=slug, name=name, time_zone=time_zone)
            team.members.set(members)
    except IntegrityError as exc:
        taken = "slug" if Team.objects.filter(slug=slug).exists() else "name"
        raise Conflict(f"Another team has this {taken}.") from exc
    return team
