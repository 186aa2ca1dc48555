"""A team's public calendar: who may see it, and what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing

from base.errors import Invalid
from oncall.models import ContactMethod, Team, TeamCalendar, User
from oncall.selectors import final_schedule, team_schedule

SHOWN = timedelta(days=14)
PASS_LIFE = timedelta(hours=12)
SALT = "team-calendar"


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody is on call from one instant to another, in the team's own time."""

    start: datetime
    end: datetime
    people: list[list[str]]  # of each person, what the calendar shows

    @property
    def begins(self) -> str:
        """Return `Mon 7 January 2030, 09:00`."""
        return _written(self.start)

    @property
    def ends(self) -> str:
        """Return `Mon 7 January 2030, 17:00`."""
        return _written(self.end)


def _written(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%B %Y, %H:%M}"


def save_calendar(
    team: Team, *, enabled: bool | None = None, shows: Iterable[str] | None = None, password: str | None = None
) -> TeamCalendar:
    """Make a team's calendar or change what is given; an empty password asks for none. Raises Invalid."""
    row, _ = TeamCalendar.objects.get_or_create(team=team)
    if enabled is not None:
        row.enabled = enabled
    if shows is not None:
        wanted = list(dict.fromkeys(shows))
        if unknown := [item for item in wanted if item not in TeamCalendar.Shows.values]:
            raise Invalid(
                f"fields_shown: {unknown[0]!r} is not one of {', '.join(TeamCalendar.Shows.values)}",
                field="fields_shown",
            )
        row.shows = wanted
    if password is not None:
        row.password = make_password(password) if password else ""
    row.save(update_fields=["enabled", "shows", "password"])
    return row


def entrance(calendar: TeamCalendar, password: str) -> str | None:
    """Return a pass for who knows the password, good for twelve hours or until it changes; None otherwise."""
    if not check_password(password, calendar.password):
        return None
    return signing.dumps([calendar.token, calendar.password[-12:]], salt=SALT)


def may_see(calendar: TeamCalendar, given: str) -> bool:
    """Tell whether a calendar is open to who shows this pass."""
    if not calendar.password:
        return True
    try:
        return bool(signing.loads(given, salt=SALT, max_age=PASS_LIFE) == [calendar.token, calendar.password[-12:]])
    except signing.BadSignature:
        return False


def turns(calendar: TeamCalendar, now: datetime) -> list[Turn]:
    """Return who is on call from now on for two weeks."""
    schedule = team_schedule(calendar.team)
    if schedule is None:
        return []
    zone = ZoneInfo(calendar.team.time_zone)
    pieces = final_schedule(schedule, now, now + SHOWN)
    people = User.objects.prefetch_related("contact_methods").in_bulk({pk for one in pieces for pk in one.users})
    return [
        Turn(
            one.start.astimezone(zone),
            one.end.astimezone(zone),
            [_shown(people[pk], calendar.shows) for pk in one.users if pk in people],
        )
        for one in pieces
    ]


def _shown(person: User, fields: Iterable[str]) -> list[str]:
    phones = [one.address for one in person.contact_methods.all() if one.kind == ContactMethod.Kind.PHONE]
    facts = {
        "name": str(person),
        "username": person.username,
        "email": person.email,
        "phone": phones[0] if phones else "",
        "time_zone": person.time_zone,
    }
    return [facts[name] for name in fields if facts.get(name)]
