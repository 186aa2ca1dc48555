"""Who hears what became of an alert, besides those who are asked to take it (spec/pagertree C5, C8, A9).

The people who were being asked hear who took it; a team hears as it wishes of what was dropped or handed to it;
stakeholders hear of what they subscribed to. Each person and each address hears a line of the log once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.models import Alert, Assignment, LogEntry, Stakeholder
from oncall import notices
from oncall.models import ContactMethod, Team, User
from paging import reach
from paging.channels import registry
from paging.models import Notification

Kind = LogEntry.Kind
LAST_RESORT, ASKED, TEAM, STAKEHOLDER = "last_resort", "asked", "team", "stakeholder"
SUBSCRIPTION = {
    Kind.REGISTERED: "on_assigned",
    Kind.HANDED_OFF: "on_assigned",
    Kind.ACKNOWLEDGED: "on_acknowledged",
    Kind.RESOLVED: "on_resolved",
    Kind.DROPPED: "on_dropped",
    Kind.RESTARTED: "on_dropped",
}
TOLD = (Notification.Status.SENT, Notification.Status.KEPT)
NEVER_FOR_NEWS = frozenset({"voice"})  # only a page may ring (spec/pagertree C4)


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who hears a line: a person, or a plain e-mail address; and why."""

    line: LogEntry
    reason: str
    user: User | None = None
    email: str = ""
    stakeholder: Stakeholder | None = None


def fan_out(lines: Iterable[LogEntry], now: datetime) -> tuple[list[Notification], list[LogEntry]]:
    """Return the messages that tell of these lines, and what is to be logged of those who cannot be told."""
    rows = [row for row in lines if row.kind in SUBSCRIPTION and not row.alert.integration.is_sample]
    groups = _groups(rows)
    listeners = [one for row in rows for one in _listeners(row, groups, now)]
    ways = _ways({one.user for one in listeners if one.user})
    notifications: list[Notification] = []
    log: list[LogEntry] = []
    heard: set[tuple[int, str]] = set()
    for one in listeners:
        found = [("email", one.email, None)] if one.user is None else ways[one.user.pk]
        if not found:
            log.append(_unheard(one, now))
        for channel, address, method in found[:1]:
            if (one.line.pk, address.casefold()) not in heard:
                heard.add((one.line.pk, address.casefold()))
                notifications.append(_message(one, channel, address, method, now))
    return notifications, log


def _listeners(row: LogEntry, groups: dict[str, Stakeholder], now: datetime) -> Iterator[Listener]:
    known: set[int] = {row.actor_id} if row.actor_id else set()
    for user in _asked(row):
        known.add(user.pk)
        yield Listener(row, ASKED, user)
    for user in _team_people(row, now):
        if user.pk not in known:
            known.add(user.pk)
            yield Listener(row, TEAM, user)
    for group in _subscribed(row, groups):
        for user in group.users.all():
            if user.pk not in known and user.is_active:
                known.add(user.pk)
                yield Listener(row, STAKEHOLDER, user, stakeholder=group)
        for email in group.emails:
            yield Listener(row, STAKEHOLDER, email=email, stakeholder=group)


def _asked(row: LogEntry) -> list[User]:
    """Return the others who were told of an alert that was aimed at them and need not answer any more.

    Who was asked by a route's chain hears nothing of an acknowledgement (spec/oncall-runtime-api, scenarios)."""
    if row.kind != Kind.ACKNOWLEDGED:
        return []
    closed = Assignment.objects.filter(alert=row.alert_id, answer=Assignment.Answer.CLOSED, answered_at=row.at)
    aimed = closed.filter(escalation__direct=False).exclude(escalation__destination__startswith="F")
    told = aimed.filter(notifications__status__in=TOLD).exclude(user=row.actor_id)
    return list(User.objects.filter(pk__in=told.values("user"), is_active=True).order_by("pk"))


def _team_people(row: LogEntry, now: datetime) -> Iterator[User]:
    if row.kind in (Kind.DROPPED, Kind.RESTARTED):
        for team in _teams(row.alert):
            yield from notices.drop_notice_people(team, now)
    if row.kind == Kind.HANDED_OFF:
        kind, _, bare = str(row.detail.get("to", "")).partition("_")
        for team in Team.objects.filter(public_id=bare) if kind == "tem" else ():
            yield from notices.handoff_notice_people(team, now)


def _teams(alert: Alert) -> list[Team]:
    """Return the teams that were asked: the newest owner, else all among the destinations."""
    wanted = [alert.handoffs[-1]["to"]] if alert.handoffs else [*alert.destinations, *alert.receivers]
    ids = [bare for prefix, _, bare in (str(item).partition("_") for item in wanted) if prefix == "tem"]
    found = {team.pk: team for team in Team.objects.filter(public_id__in=ids)}
    if alert.team is not None:
        found.setdefault(alert.team.pk, alert.team)
    return [found[pk] for pk in sorted(found)]


def _groups(rows: Iterable[LogEntry]) -> dict[str, Stakeholder]:
    wanted = {str(item).removeprefix("stk_") for row in rows for item in row.alert.stakeholders}
    if not wanted:
        return {}
    found = Stakeholder.objects.filter(public_id__in=wanted, enabled=True).prefetch_related("users")
    return {f"stk_{group.public_id}": group for group in found}


def _subscribed(row: LogEntry, groups: dict[str, Stakeholder]) -> list[Stakeholder]:
    if row.kind == Kind.REGISTERED and not _found_somebody(row.alert):
        return []
    wanted = SUBSCRIPTION[Kind(row.kind)]
    mine = [groups[item] for item in row.alert.stakeholders if item in groups]
    return [group for group in mine if getattr(group, wanted)]


def _found_somebody(alert: Alert) -> bool:
    """Tell whether a new alert is assigned: recorded, folded, delayed and undeliverable ones are not."""
    return alert.status == Alert.Status.OPEN or alert.assignments.exists()


def _ways(users: Iterable[User]) -> dict[int, list[tuple[str, str, int | None]]]:
    """Return how each person hears news: by their first verified address that does not ring."""
    methods: dict[int, list[ContactMethod]] = defaultdict(list)
    pks = [user.pk for user in users]
    for method in ContactMethod.objects.filter(user__in=pks).order_by("pk") if pks else ():
        methods[method.user_id].append(method)
    quiet = {name: kind for name, kind in registry.person_channels().items() if name not in NEVER_FOR_NEWS}
    return {pk: reach.usable(methods[pk], quiet) for pk in pks}


def _message(one: Listener, channel: str, address: str, method: int | None, now: datetime) -> Notification:
    # The same spelling as the last resort's: who is told as that is not told again as something else.
    who = f"m{method}" if method else f"s{one.stakeholder.pk if one.stakeholder else 0}:{address.casefold()}"
    return Notification(
        alert_id=one.line.alert_id,
        log_entry=one.line,
        user=one.user,
        contact_method_id=method,
        stakeholder=one.stakeholder,
        reason=one.reason,
        purpose=Notification.Purpose.NEWS,
        channel=channel,
        address=address,
        dedup=f"l{one.line.pk}:{who}"[:120],
        due_at=now,
        created_at=now,
    )


def _unheard(one: Listener, now: datetime) -> LogEntry:
    text = f"{one.user} cannot be told: no verified contact method."
    row = one.line
    return LogEntry(
        alert_id=row.alert_id, at=now, kind=Kind.UNREACHABLE, run=row.run, text=text, detail={"log": row.pk}
    )


def to_last_resort(rows: Sequence[LogEntry]) -> list[LogEntry]:
    """Return the lines that the last resort hears of: nobody took an alert, whatever becomes of it then."""
    return [row for row in rows if row.kind in (Kind.DROPPED, Kind.RESTARTED) and not row.alert.integration.is_sample]
