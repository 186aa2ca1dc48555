"""Questions about plans and people; nothing here changes a row but the round robin's cursor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q

from base.errors import Invalid
from oncall import feeds
from oncall.models import (
    EscalationChain,
    EscalationPolicy,
    OnCallShift,
    Organization,
    PolicyPerson,
    Schedule,
    ShiftSwap,
    Team,
    User,
    UserGroup,
    Webhook,
)
from oncall.plan import LAST_RESORT, Plan, Step
from oncall.rotation import Shift, occurrences
from oncall.timeline import Piece, Swap, people, resolve

NEXT_ON_CALL_WITHIN = timedelta(days=60)
PAGE_REPEATS_EVERY = timedelta(minutes=5)
PAGE_LAST_RESORT_AFTER = timedelta(hours=1)


def askable_users() -> set[int]:
    """Return everybody who may be asked to take an alert: active, editor or admin (spec/oncall-config-api 6.7)."""
    may = (User.Role.ADMIN, User.Role.EDITOR)
    return set(User.objects.filter(is_active=True, role__in=may).values_list("pk", flat=True))


def shift_rule(row: OnCallShift, default_zone: str) -> Shift:
    """Return the pure rule a row describes; `users` must be prefetched."""
    override = row.type == OnCallShift.Type.OVERRIDE
    return Shift(
        type=row.type,
        start=row.start,
        duration=row.duration,
        zone=ZoneInfo(row.time_zone or default_zone),
        level=0 if override else max(row.level, 0),
        frequency=row.frequency,
        interval=row.interval or 1,
        until=row.until,
        rotation_start=row.rotation_start,
        week_start=row.week_start or "MO",
        by_day=tuple(row.by_day),
        by_month=tuple(row.by_month),
        by_monthday=tuple(row.by_monthday),
        users=tuple(user.pk for user in row.users.all()),
        rolling_users=tuple(tuple(group) for group in row.rolling_users),
        start_index=row.start_index,
        key=row.pk,
    )


def shifts_by_schedule(schedules: Iterable[Schedule]) -> dict[int, list[Shift]]:
    """Return the rules of each schedule, its own and the shared ones: four queries however many schedules."""
    by_pk = {schedule.pk: schedule for schedule in schedules}
    installation = Organization.load().time_zone
    rows = (
        OnCallShift.objects.filter(Q(owner__in=by_pk) | Q(schedules__in=by_pk))
        .distinct()
        .order_by("pk")
        .prefetch_related("users", Prefetch("schedules", Schedule.objects.only("pk")))
    )
    found: dict[int, list[Shift]] = defaultdict(list)
    for row in rows:
        places = {schedule.pk for schedule in row.schedules.all()}
        if row.owner_id is not None:
            places.add(row.owner_id)
        for pk in places & by_pk.keys():
            found[pk].append(shift_rule(row, by_pk[pk].time_zone or installation))
    return found


def swaps_by_schedule(
    schedules: Iterable[int], start: datetime, end: datetime, *, without: int = 0
) -> dict[int, list[Swap]]:
    """Return the swaps that touch the window, the oldest request first."""
    rows = (
        ShiftSwap.objects.filter(schedule__in=schedules, deleted_at=None, starts_at__lt=end, ends_at__gt=start)
        .exclude(pk=without)
        .order_by("created_at", "pk")
    )
    found: dict[int, list[Swap]] = defaultdict(list)
    for row in rows:
        swap = Swap(row.beneficiary_id, row.benefactor_id, row.starts_at, row.ends_at, row.created_at)
        found[row.schedule_id].append(swap)
    return found


def on_call_now(schedules: list[Schedule], at: datetime) -> dict[int, tuple[int, ...]]:
    """Return who is on call in each schedule at that instant: a fixed number of queries."""
    found = final_schedules(schedules, at, at + timedelta(microseconds=1))
    return {pk: people(pieces) for pk, pieces in found.items()}


def final_schedule(schedule: Schedule, start: datetime, end: datetime) -> list[Piece]:
    """Return the resolved schedule in [start, end), clipped, gaps left out."""
    return final_schedules([schedule], start, end)[schedule.pk]


def final_schedules(
    schedules: list[Schedule], start: datetime, end: datetime, *, without_swap: int = 0
) -> dict[int, list[Piece]]:
    """Return each resolved schedule in [start, end), see `final_schedule`: a fixed number of queries.

    The swap of the key `without_swap` counts as not taken.
    """
    shifts = shifts_by_schedule(schedules)
    imported = feeds.occurrences_by_schedule(schedules, start, end)
    swaps = swaps_by_schedule([s.pk for s in schedules], start, end, without=without_swap)
    eligible = askable_users()
    found = {}
    for pk in (schedule.pk for schedule in schedules):
        turns = [one for shift in shifts[pk] for one in occurrences(shift, start, end)]
        found[pk] = resolve([*turns, *imported[pk]], swaps[pk], start, end, eligible)
    return found


def plan_of(chain: EscalationChain) -> Plan:
    """Freeze a chain: two queries."""
    people = Prefetch("person_rows", PolicyPerson.objects.order_by("position"))
    policies = EscalationPolicy.objects.filter(chain=chain).order_by("position").prefetch_related(people)
    steps = tuple(_freeze(policy) for policy in policies)
    return Plan(chain.name, steps, int(chain.final_timeout.total_seconds()), chain.public_id)


def _freeze(policy: EscalationPolicy) -> Step:
    return Step(
        type=policy.type,
        policy=policy.pk,
        important=policy.important,
        delay=None if policy.delay is None else int(policy.delay.total_seconds()),
        persons=tuple(row.user_id for row in policy.person_rows.all()),
        schedule=policy.schedule_id,
        user_group=policy.user_group_id,
        team=policy.team_id,
        webhook=policy.webhook_id,
        window_from=None if policy.window_from is None else policy.window_from.isoformat(),
        window_to=None if policy.window_to is None else policy.window_to.isoformat(),
        num_alerts=policy.num_alerts,
        num_minutes=policy.num_minutes,
        severity=policy.severity,
    )


def user_plan(user: User, *, important: bool = False) -> Plan:
    """Ask one person; then the final time-out runs (spec/pagertree C1: one implicit layer)."""
    return Plan(str(user), (Step("notify_persons", persons=(user.pk,), important=important),))


def page_plan(user: User, *, important: bool = False) -> Plan:
    """Ask one person every 5 minutes until somebody takes it; tell the last resort every hour (decisions.md)."""
    ask = Step("notify_persons", persons=(user.pk,), important=important)
    wait = Step("wait", delay=int(PAGE_REPEATS_EVERY.total_seconds()))
    times = PAGE_LAST_RESORT_AFTER // PAGE_REPEATS_EVERY
    ends = (Step(LAST_RESORT), Step("repeat_escalation", endless=True))
    return Plan(str(user), (ask, wait) * times + ends)


def schedule_plan(schedule: Schedule, *, important: bool = False) -> Plan:
    """Ask whoever is on call when it runs."""
    return Plan(schedule.name, (Step("notify_on_call_from_schedule", schedule=schedule.pk, important=important),))


def members_plan(team: Team) -> Plan:
    """Ask every member at once, whoever is on call (spec/pagertree A13)."""
    return Plan(team.name, (Step("notify_team_members", team=team.pk),))


def team_schedule(team: Team) -> Schedule | None:
    """Return the team's schedule, or the only one that belongs to it (decisions.md, Team)."""
    if team.schedule is not None:
        return team.schedule
    own = list(team.schedules.all()[:2])
    return own[0] if len(own) == 1 else None


def team_plan(team: Team, at: datetime) -> Plan:
    """Return the team's chain, else whoever is on call, else the backstop. Raises Invalid when there is nobody."""
    if team.escalation_chain is not None:
        return plan_of(team.escalation_chain)
    schedule = team_schedule(team)
    if schedule is not None and on_call_now([schedule], at)[schedule.pk]:
        return schedule_plan(schedule)
    if team.backstop is not None and team.backstop.may_be_asked:
        return user_plan(team.backstop)
    reason = "has no schedule and no escalation chain" if schedule is None else "has nobody on call"
    raise Invalid(f"Team {team.slug} {reason}", field="team", code="nobody_on_call")


class Roster:
    """The facts that steps ask for, each looked up once: made for one batch at one instant (oncall.plan.Facts)."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._on_call: dict[int, tuple[int, ...] | None] = {}
        self._next: dict[int, tuple[int, ...] | None] = {}
        self._teams: dict[int, tuple[int, ...] | None] = {}
        self._groups: dict[int, tuple[int, ...] | None] = {}
        self._webhooks: dict[int, str] = {}

    @cached_property
    def _askable(self) -> dict[int, str]:
        may = (User.Role.ADMIN, User.Role.EDITOR)
        return dict(User.objects.filter(is_active=True, role__in=may).values_list("pk", "username"))

    def name(self, user: int) -> str:
        """Return the username of somebody who may be asked."""
        return self._askable.get(user, "somebody")

    def askable(self, persons: Iterable[int]) -> tuple[int, ...]:
        """Return those who are active and may be asked, in order."""
        return tuple(pk for pk in persons if pk in self._askable)

    def on_call(self, schedule: int) -> tuple[int, ...] | None:
        """Return who is on call now; None where there is no such schedule."""
        if schedule not in self._on_call:
            row = Schedule.objects.filter(pk=schedule).first()
            self._on_call[schedule] = None if row is None else on_call_now([row], self.at)[schedule]
        return self._on_call[schedule]

    def next_on_call(self, schedule: int) -> tuple[int, ...] | None:
        """Return the first people on call after those of now; None where there is no such schedule."""
        if schedule not in self._next:
            row = Schedule.objects.filter(pk=schedule).first()
            self._next[schedule] = None if row is None else self._after_now(row)
        return self._next[schedule]

    def _after_now(self, schedule: Schedule) -> tuple[int, ...]:
        now = set(self.on_call(schedule.pk) or ())
        pieces = final_schedule(schedule, self.at, self.at + NEXT_ON_CALL_WITHIN)
        later = (piece.users for piece in pieces if piece.start > self.at and set(piece.users) - now)
        return next(later, ())

    def team_members(self, team: int) -> tuple[int, ...] | None:
        """Return the members who may be asked; None where there is no such team."""
        if team not in self._teams:
            row = Team.objects.filter(pk=team).first()
            members = () if row is None else row.members.order_by("pk").values_list("pk", flat=True)
            self._teams[team] = None if row is None else self.askable(members)
        return self._teams[team]

    def group_members(self, group: int) -> tuple[int, ...] | None:
        """Return the members who may be asked; None where there is no such group."""
        if group not in self._groups:
            row = UserGroup.objects.filter(pk=group).first()
            members = () if row is None else row.members.order_by("pk").values_list("pk", flat=True)
            self._groups[group] = None if row is None else self.askable(members)
        return self._groups[group]

    def webhook_state(self, webhook: int) -> str:
        """Return "enabled", "disabled" or "missing"."""
        if webhook not in self._webhooks:
            enabled = Webhook.objects.filter(pk=webhook, deleted_at=None).values_list("enabled", flat=True).first()
            self._webhooks[webhook] = "missing" if enabled is None else "enabled" if enabled else "disabled"
        return self._webhooks[webhook]

    def next_in_turn(self, step: Step) -> int | None:
        """Return the next person after the policy's cursor and move it, holding the policy's row."""
        turn = self.askable(step.persons)
        if not turn:
            return None
        policies = EscalationPolicy.objects.filter(pk=step.policy or 0)
        last = policies.select_for_update().values_list("last_notified", flat=True).first()
        person = next_after(step.persons, last, turn)
        policies.update(last_notified=person)
        return person


def next_after(order: tuple[int, ...], last: int | None, allowed: tuple[int, ...]) -> int:
    """Return the first allowed person after `last` in the order, wrapping round."""
    start = order.index(last) + 1 if last in order else 0
    return next(pk for pk in order[start:] + order[:start] if pk in allowed)
