"""Escalation policies: the steps of a chain, in an order that survives concurrent edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from base.errors import NotFound
from oncall.models import EscalationChain, EscalationPolicy, PolicyPerson, User
from oncall.services import ordering

Type = EscalationPolicy.Type

# What belongs to a type besides its place in the chain (spec/oncall-config-api 3.1); "" is the empty step.
OWN_FIELDS: dict[str, tuple[str, ...]] = {
    "": (),
    Type.WAIT: ("delay",),
    Type.PERSONS: ("persons", "important"),
    Type.ROUND_ROBIN: ("persons", "important"),
    Type.ON_CALL: ("schedule", "important"),
    Type.NEXT_ON_CALL: ("schedule", "important"),
    Type.USER_GROUP: ("user_group", "important"),
    Type.TEAM: ("team", "important"),
    Type.ACTION: ("webhook",),
    Type.WEBHOOK: ("webhook",),
    Type.RESOLVE: (),
    Type.WHOLE_CHANNEL: (),
    Type.TIME_WINDOW: ("window_from", "window_to"),
    Type.ALERT_COUNT: ("num_alerts", "num_minutes"),
    Type.REPEAT: (),
    Type.DECLARE_INCIDENT: ("severity",),
}
UNSET: dict[str, Any] = {
    "important": False,
    "delay": None,
    "schedule": None,
    "user_group": None,
    "team": None,
    "webhook": None,
    "window_from": None,
    "window_to": None,
    "num_alerts": None,
    "num_minutes": None,
    "severity": None,
    "last_notified": None,
}
SAME_STEP = frozenset({Type.ACTION, Type.WEBHOOK})  # two spellings, of the seed and of later versions


def create_policy(
    chain: EscalationChain,
    *,
    type: str,
    values: Mapping[str, Any],
    position: int | None = None,
    manual_order: bool = False,
) -> EscalationPolicy:
    """Add a step to a chain, at its end or at `position` as the spec's 3.4 says.

    Of `values`, named like the model's fields (`persons` is a list of users), those of other types are ignored.
    Raises Invalid for a position that cannot be used, NotFound for a chain that has just been deleted.
    """
    own = _own(type, values)
    persons = own.pop("persons", [])
    with transaction.atomic():
        _lock(chain.pk)
        place = ordering.make_room(_steps(chain.pk), position, manual_order=manual_order)
        policy = EscalationPolicy.objects.create(chain=chain, type=type, position=place, **own)
        _set_persons(policy, persons)
    return policy


def update_policy(
    policy: EscalationPolicy,
    *,
    type: str | None = None,
    values: Mapping[str, Any],
    position: int | None = None,
    manual_order: bool = False,
) -> EscalationPolicy:
    """Change what is given; a new type empties the fields of the old one. See `create_policy`."""
    with transaction.atomic():
        _lock(policy.chain_id)
        policy = _fresh(policy.pk)
        own = _changes(policy, policy.type if type is None else type, values)
        persons = own.pop("persons", None)
        place = ordering.move(_steps(policy.chain_id), policy.pk, position, manual_order=manual_order)
        EscalationPolicy.objects.filter(pk=policy.pk).update(**own)
        for name, value in {**own, "position": place}.items():
            setattr(policy, name, value)
        if persons is not None:
            _set_persons(policy, persons)
    return policy


def delete_policy(policy: EscalationPolicy) -> None:
    """Remove a step; nobody is renumbered."""
    policy.delete()


def _own(type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in OWN_FIELDS[type] if name in values}


def _changes(policy: EscalationPolicy, type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    own = _own(type, values)
    if type == policy.type or {type, policy.type} <= SAME_STEP:
        return {"type": type, **own}
    return {"type": type, "persons": [], **UNSET, **own}


def _lock(chain_id: int) -> None:
    # The chain's row stands for its list: one editor at a time. SQLite lets in one writer anyway.
    if EscalationChain.objects.select_for_update(no_key=True).filter(pk=chain_id).first() is None:
        raise NotFound("This escalation chain was deleted.")


def _fresh(pk: int) -> EscalationPolicy:
    policy = EscalationPolicy.objects.select_related("chain").filter(pk=pk).first()
    if policy is None:
        raise NotFound("This escalation policy was deleted.")
    return policy


def _steps(chain_id: int) -> Any:
    return EscalationPolicy.objects.filter(chain=chain_id)


def _set_persons(policy: EscalationPolicy, persons: Iterable[User]) -> None:
    policy.person_rows.all().delete()
    users = dict.fromkeys(persons)
    PolicyPerson.objects.bulk_create(
        PolicyPerson(policy=policy, user=user, position=position) for position, user in enumerate(users)
    )
