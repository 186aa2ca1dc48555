"""Sample plans and people: enough to see every page filled, and to be taken away again without a trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from oncall.models import EscalationChain, EscalationPolicy, OnCallShift, Schedule, Team, User
from oncall.services import chains, people, policies

DOMAIN = "sample.example"
PEOPLE = (
    ("maya", "Maya Lindqvist", "Europe/Stockholm"),
    ("tomas", "Tomás Herrera", "Europe/Madrid"),
    ("wei", "Wei Zhang", "Asia/Singapore"),
)
TEAMS = ("Platform", "Payments")
Type = EscalationPolicy.Type
MODELS: tuple[type[models.Model], ...] = (EscalationChain, Schedule, Team, User)  # in the order they are removed


@dataclass(frozen=True, slots=True)
class SampleTeam:
    """A team with what belongs to it."""

    team: Team
    schedule: Schedule
    chain: EscalationChain


def is_loaded() -> bool:
    """Tell whether any sample row is there."""
    return any(_samples(model).exists() for model in MODELS)


def load(now: datetime) -> list[SampleTeam]:
    """Make the people, and for each team a schedule that covers now and a chain; the caller holds a transaction."""
    crew = [_person(name, full, zone, now) for name, full, zone in PEOPLE]
    platform, payments = (_team(name, crew, now) for name in TEAMS)
    _chain_of_platform(platform)
    _chain_of_payments(payments, crew)
    return [platform, payments]


def _person(name: str, full: str, zone: str, now: datetime) -> User:
    user = people.create_user(f"{name}@{DOMAIN}", now=now, name=full, time_zone=zone)
    _mark(user)
    return user


def _team(name: str, crew: list[User], now: datetime) -> SampleTeam:
    turn = crew if name == TEAMS[0] else crew[1:] + crew[:1]
    free = _free(name, Team.objects.values_list("name", "slug"))
    team = people.add_team(free.lower().replace(" ", "-"), name=free, members=turn)
    schedule = Schedule.objects.create(name=f"{free} on call", team=team, is_sample=True)
    _rotation(schedule, turn, now)
    taken = EscalationChain.objects.values_list("name")
    chain = chains.create_chain(_free(f"{free}: whoever is on call", taken), team=team)
    Team.objects.filter(pk=team.pk).update(schedule=schedule, escalation_chain=chain, backstop=turn[0])
    for row in (team, chain):
        _mark(row)
    return SampleTeam(team, schedule, chain)


def _rotation(schedule: Schedule, turn: list[User], now: datetime) -> None:
    """Let each have a week, from a Monday at nine four weeks ago: what happened since had somebody on call."""
    monday = (now - timedelta(days=now.weekday(), weeks=4)).replace(hour=9, minute=0, second=0, microsecond=0)
    OnCallShift.objects.create(
        name="A week each",
        type=OnCallShift.Type.ROLLING_USERS,
        owner=schedule,
        start=monday.replace(tzinfo=None),
        duration=timedelta(weeks=1),
        frequency=OnCallShift.Frequency.WEEKLY,
        interval=1,
        week_start=OnCallShift.Day.MONDAY,
        rolling_users=[[user.pk] for user in turn],
    )


def _chain_of_platform(made: SampleTeam) -> None:
    steps: list[tuple[str, dict[str, Any]]] = [
        (Type.ON_CALL, {"schedule": made.schedule}),
        (Type.WAIT, {"delay": timedelta(minutes=15)}),
        (Type.NEXT_ON_CALL, {"schedule": made.schedule, "important": True}),
        (Type.WAIT, {"delay": timedelta(minutes=30)}),
        (Type.TEAM, {"team": made.team, "important": True}),
        (Type.WAIT, {"delay": timedelta(hours=2)}),
        (Type.REPEAT, {}),
    ]
    for kind, values in steps:
        policies.create_policy(made.chain, type=kind, values=values)


def _chain_of_payments(made: SampleTeam, crew: list[User]) -> None:
    steps: list[tuple[str, dict[str, Any]]] = [
        (Type.ON_CALL, {"schedule": made.schedule, "important": True}),
        (Type.WAIT, {"delay": timedelta(minutes=10)}),
        (Type.PERSONS, {"persons": crew[:2], "important": True}),
    ]
    for kind, values in steps:
        policies.create_policy(made.chain, type=kind, values=values)


def _mark(row: Any) -> None:
    row.is_sample = True
    row.save(update_fields=["is_sample"])


def _free(name: str, taken: Iterable[tuple[str, ...]]) -> str:
    """Return the name, with a number behind it where somebody uses it already."""
    used = {word.lower() for words in taken for word in words}
    number, candidate = 1, name
    while candidate.lower() in used or candidate.lower().replace(" ", "-") in used:
        number += 1
        candidate = f"{name} {number}"
    return candidate


def remove() -> list[str]:
    """Delete every sample row, whatever it was edited into; return what other rows lost by it, one line each.

    The caller holds a transaction and has removed the sample's integrations."""
    lost = _leave_rotations()
    Team.objects.filter(is_sample=True).update(escalation_chain=None, schedule=None, backstop=None)
    for model in MODELS:
        rows = _samples(model)
        lost += _references(model, list(rows.values_list("pk", flat=True)))
        rows.delete()
    return lost


def _samples(model: type[models.Model]) -> Any:
    return model._default_manager.filter(is_sample=True)  # noqa: SLF001  Django's public name for it


def _references(model: type[models.Model], pks: list[int]) -> list[str]:
    """Say what points at these rows and will point at nothing, or will miss them in a list."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):  # noqa: SLF001  Django's public name for it
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        if relation.many_to_many or relation.on_delete is models.SET_NULL:
            found += _pointing(relation.field, model, pks)
    return sorted(found)


def _pointing(field: Any, model: type[models.Model], pks: list[int]) -> list[str]:
    count = field.model._default_manager.filter(**{f"{field.name}__in": pks}).distinct().count()  # noqa: SLF001  as above
    if not count:
        return []
    opts, gone = field.model._meta, model._meta.verbose_name_plural  # noqa: SLF001  as above
    noun = opts.verbose_name if count == 1 else opts.verbose_name_plural
    return [f"{count} {noun}: {field.verbose_name} loses sample {gone}"]


def _leave_rotations() -> list[str]:
    """Take sample people out of rotations that stay: their groups are plain numbers, no database looks after them."""
    gone = set(User.objects.filter(is_sample=True).values_list("pk", flat=True))
    changed = 0
    for shift in OnCallShift.objects.exclude(owner__is_sample=True).exclude(rolling_users=[]):
        groups = [[pk for pk in group if pk not in gone] for group in shift.rolling_users]
        kept = [group for group in groups if group]
        if kept != shift.rolling_users:
            changed += 1
            OnCallShift.objects.filter(pk=shift.pk).update(rolling_users=kept)
    return [f"{changed} on-call shift{'' if changed == 1 else 's'}: sample people taken out"] if changed else []
