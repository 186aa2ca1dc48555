"""Teams, as the PagerTree API and the console keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from base.errors import Conflict
from oncall.models import Schedule, Team, User
from oncall.services.people import add_team

RELATIONS = ("members", "admins", "drop_notice_users", "handoff_notice_users")
COLUMNS = ("name", "schedule", "drop_notice", "handoff_notice")


@transaction.atomic
def save_team(team: Team | None, values: Mapping[str, Any]) -> Team:
    """Make a team, with a schedule of its own where none is named, or change what is given. Raises Conflict."""
    row = team or add_team(_free_slug(str(values["name"])), name=str(values["name"]))
    changes = {name: values[name] for name in COLUMNS if name in values}
    if team is None and changes.get("schedule") is None:
        changes["schedule"] = Schedule.objects.create(name=f"{row.name} on call", team=row)
    for name, value in changes.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(update_fields=list(changes))
    except IntegrityError as exc:
        raise Conflict("Another team has this name.") from exc
    for name in RELATIONS:
        if name in values:
            getattr(row, name).set(values[name])
    return row


def _free_slug(name: str) -> str:
    stem = slugify(name)[:90] or "team"
    taken = set(Team.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbers = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(slug for slug in numbers if slug not in taken)


@transaction.atomic
def join_teams(user: User, teams: Iterable[Team]) -> None:
    """Add a person to these teams; those they are in already stay."""
    for team in teams:
        team.members.add(user)
