"""One life for an alert: which verb is allowed from which status, and how far each door narrows it (decisions.md)."""

from __future__ import annotations

from enum import StrEnum

from alerts.models.alert import Alert

S = Alert.Status


class Verb(StrEnum):
    """What can be done to an alert."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    RESOLVE = "resolve"
    UNRESOLVE = "unresolve"
    SILENCE = "silence"
    UNSILENCE = "unsilence"
    REJECT = "reject"
    HAND_OFF = "hand_off"
    ARCHIVE = "archive"


class Door(StrEnum):
    """By which set of rules somebody comes. A door narrows the domain's moves, it never widens them."""

    DOMAIN = "domain"  # console, links, phone, the clock
    ONCALL = "oncall"
    PAGERTREE = "pagertree"  # a user of that API
    MONITOR = "monitor"  # an integration, whatever its format


TARGET = {
    Verb.ACKNOWLEDGE: S.ACKNOWLEDGED,
    Verb.UNACKNOWLEDGE: S.OPEN,
    Verb.RESOLVE: S.RESOLVED,
    Verb.UNRESOLVE: S.OPEN,
    Verb.SILENCE: S.SILENCED,
    Verb.UNSILENCE: S.OPEN,
    Verb.REJECT: S.OPEN,
    Verb.HAND_OFF: S.OPEN,
    Verb.ARCHIVE: S.ARCHIVED,
}

_LIVE = frozenset(S) - {S.RESOLVED, S.ARCHIVED}
_NONE: frozenset[S] = frozenset()

DOMAIN: dict[Verb, frozenset[S]] = {
    Verb.ACKNOWLEDGE: frozenset({S.OPEN, S.SILENCED, S.DROPPED, S.SUPPRESSED}),
    Verb.UNACKNOWLEDGE: frozenset({S.ACKNOWLEDGED}),
    Verb.RESOLVE: _LIVE,
    Verb.UNRESOLVE: frozenset({S.RESOLVED}),
    Verb.SILENCE: frozenset({S.OPEN, S.SILENCED, S.DROPPED}),
    Verb.UNSILENCE: frozenset({S.SILENCED}),
    Verb.REJECT: frozenset({S.OPEN}),
    Verb.HAND_OFF: frozenset({S.OPEN, S.SILENCED, S.ACKNOWLEDGED, S.DROPPED}),
    Verb.ARCHIVE: frozenset({S.RESOLVED, S.DROPPED}),
}

NARROWED: dict[Door, dict[Verb, frozenset[S]]] = {
    Door.DOMAIN: {},
    Door.ONCALL: {Verb.REJECT: _NONE, Verb.HAND_OFF: _NONE, Verb.ARCHIVE: _NONE},
    Door.PAGERTREE: {
        Verb.ACKNOWLEDGE: frozenset({S.OPEN, S.SILENCED, S.DROPPED}),
        Verb.UNACKNOWLEDGE: _NONE,
        Verb.RESOLVE: frozenset({S.ACKNOWLEDGED}),
        Verb.UNRESOLVE: _NONE,
        Verb.SILENCE: _NONE,
        Verb.UNSILENCE: _NONE,
    },
    Door.MONITOR: {verb: _NONE for verb in Verb if verb not in (Verb.ACKNOWLEDGE, Verb.RESOLVE)}
    | {Verb.ACKNOWLEDGE: frozenset({S.OPEN, S.SILENCED, S.DROPPED})},
}

ONCALL_STATE = {
    S.SILENCED: "silenced",
    S.ACKNOWLEDGED: "acknowledged",
    S.RESOLVED: "resolved",
    S.ARCHIVED: "resolved",
}

RESTARTS = frozenset({Verb.UNACKNOWLEDGE, Verb.UNRESOLVE, Verb.UNSILENCE})


def allowed_from(verb: Verb, door: Door = Door.DOMAIN) -> frozenset[S]:
    """Return the statuses from which the verb may be used through the door."""
    return NARROWED[door].get(verb, DOMAIN[verb])


def is_allowed(verb: Verb, status: str, door: Door = Door.DOMAIN) -> bool:
    """Tell whether the verb may be used on an alert of that status."""
    return status in allowed_from(verb, door)


def oncall_state(status: str) -> str:
    """Return the OnCall API's word for a status."""
    return ONCALL_STATE.get(S(status), "firing")


def pagertree_status(status: str) -> str:
    """Return the PagerTree API's word for a status."""
    return "open" if status == S.SILENCED else str(status)
