"""Why an alert's state forbids a verb, in the OnCall API's words and order (spec/oncall-runtime-api 2.3)."""

from __future__ import annotations

from collections.abc import Callable

from alerts.lifecycle import Verb, oncall_state
from alerts.models import Alert

Status = Alert.Status
Check = tuple[Callable[[Alert], bool], str]


def _acknowledged(alert: Alert) -> bool:
    # Resolving keeps this mark on the wire.
    return alert.status == Status.ACKNOWLEDGED or (alert.has_ended and alert.acknowledged_at is not None)


def _not(check: Callable[[Alert], bool]) -> Callable[[Alert], bool]:
    return lambda alert: not check(alert)


def _resolved(alert: Alert) -> bool:
    return oncall_state(alert.status) == "resolved"


def _silenced(alert: Alert) -> bool:
    return alert.status == Status.SILENCED


def _attached(alert: Alert) -> bool:
    return alert.status == Status.AGGREGATING


def _wiped(alert: Alert) -> bool:
    return alert.wiped_at is not None


CHECKS: dict[Verb, tuple[Check, ...]] = {
    Verb.ACKNOWLEDGE: ((_acknowledged, "an acknowledged"), (_resolved, "a resolved"), (_attached, "an attached")),
    Verb.UNACKNOWLEDGE: ((_not(_acknowledged), "an unacknowledged"), (_resolved, "a resolved")),
    Verb.RESOLVE: ((_resolved, "a resolved"),),
    Verb.UNRESOLVE: ((_not(_resolved), "an unresolved"), (_wiped, "a wiped")),
    Verb.SILENCE: ((_resolved, "a resolved"), (_acknowledged, "an acknowledged"), (_attached, "an attached")),
    Verb.UNSILENCE: ((_not(_silenced), "an unsilenced"),),
}


def refusal(verb: Verb, alert: Alert) -> str:
    """Return the sentence for a verb that the alert's present status forbids."""
    nouns = (noun for holds, noun in CHECKS[verb] if holds(alert))
    noun = next(nouns, None) or _own_word(alert.status)
    return f"Can't {verb} {noun} alert group"


def _own_word(status: str) -> str:
    # States that the original does not have: routable, suppressed, aggregating, archived.
    return f"{'an' if status[0] in 'aeiou' else 'a'} {status}"
