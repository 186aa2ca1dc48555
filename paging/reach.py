"""How one person is reached: from rules and addresses to messages, decided without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.models import LogEntry
from oncall.models import ContactMethod, NotificationRule

Kind = NotificationRule.Kind
CHANNEL_OF: dict[str, str] = {
    Kind.EMAIL: "email",
    Kind.SMS: "sms",
    Kind.PHONE_CALL: "voice",
    Kind.SLACK: "slack",
    Kind.TELEGRAM: "telegram",
    Kind.MATTERMOST: "mattermost",
    Kind.MSTEAMS: "msteams",
    Kind.MOBILE_APP: "push",
    Kind.MOBILE_APP_CRITICAL: "push",
    Kind.WEBHOOK: "personal_webhook",
    Kind.DISCORD: "discord",
    Kind.MATRIX: "matrix",
    Kind.NTFY: "ntfy",
    Kind.GOTIFY: "gotify",
    Kind.PUSHOVER: "pushover",
    Kind.APPRISE: "apprise",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to come, `offset` after the person is asked."""

    offset: timedelta
    channel: str
    address: str
    contact_method_id: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a person's rules that somebody should repair."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person is reached this time. No message at all: nobody is."""

    planned: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    ends: timedelta  # when the last rule, waits included, has run


def plan(
    name: str,
    *,
    rules: Sequence[NotificationRule],
    methods: Iterable[ContactMethod],
    channels: Mapping[str, str],
    important: bool,
) -> Reach:
    """Return what is sent when to the person of that name (decisions.md, Empty rule sets; house.md 1.10).

    `rules` are all of the person's, in order; `channels` names each channel there is with the kind of contact method
    that it needs.
    """
    addresses = usable(methods, channels)
    if not addresses:
        return unreachable(f"{name} has no verified contact method.")
    chosen, findings = _choose(name, rules, important=important)
    if not chosen:
        planned = tuple(Planned(timedelta(0), *address) for address in addresses)
        return Reach(planned, tuple(findings), timedelta(0))
    planned_messages: list[Planned] = []
    offset = timedelta(0)
    for rule in chosen:
        if rule.kind == Kind.WAIT:
            offset += rule.delay or NotificationRule.DEFAULT_DELAY
            continue
        channel = CHANNEL_OF.get(rule.kind, rule.kind)
        own = [address for address in addresses if address[0] == channel]
        if not own:
            findings.append(_other_way(name, rule, addresses))
        _add(planned_messages, offset, own[:1] or _unused(planned_messages, offset, addresses))
    return Reach(tuple(planned_messages), tuple(findings), offset)


def unreachable(text: str) -> Reach:
    """Return the reach of a person who cannot be told."""
    return Reach((), (Finding(LogEntry.Kind.UNREACHABLE, text),), timedelta(0))


def usable(methods: Iterable[ContactMethod], channels: Mapping[str, str]) -> list[tuple[str, str, int | None]]:
    """Return (channel, address, contact method) for each verified address that some channel can reach, in order."""
    return [
        (channel, method.address, method.pk)
        for method in methods
        if method.verified_at
        for channel, kind in channels.items()
        if kind == method.kind  # a phone takes texts and calls
    ]


def _choose(
    name: str, rules: Sequence[NotificationRule], *, important: bool
) -> tuple[list[NotificationRule], list[Finding]]:
    """Return the rules that apply; a set that notifies by nothing is an empty one."""
    sets = {flag: [rule for rule in rules if rule.important is flag] for flag in (True, False)}
    words = {True: "important", False: "default"}
    if _notifies(sets[important]):
        return sets[important], []
    other = not important
    if _notifies(sets[other]):
        text = f"{name} has no {words[important]} notification rules: the {words[other]} ones are used."
        return sets[other], [Finding(LogEntry.Kind.FELL_BACK, text)]
    text = f"{name} has no notification rules: every verified contact method is used at once."
    return [], [Finding(LogEntry.Kind.FELL_BACK, text)]


def _notifies(rules: Iterable[NotificationRule]) -> bool:
    return any(rule.kind != Kind.WAIT for rule in rules)


def _other_way(name: str, rule: NotificationRule, addresses: list[tuple[str, str, int | None]]) -> Finding:
    text = f"{name} cannot be reached by {rule.get_kind_display()}: {addresses[0][0]} is used instead."
    return Finding(LogEntry.Kind.FELL_BACK, text)


def _unused(
    planned: list[Planned], offset: timedelta, addresses: list[tuple[str, str, int | None]]
) -> list[tuple[str, str, int | None]]:
    """Return the next verified address that is not told at that moment anyway."""
    told = {(message.channel, message.address) for message in planned if message.offset == offset}
    return [address for address in addresses if address[:2] not in told][:1]


def _add(planned: list[Planned], offset: timedelta, found: list[tuple[str, str, int | None]]) -> None:
    for address in found:
        message = Planned(offset, *address)
        if message not in planned:
            planned.append(message)
