"""Whom of a team a notice reaches: nobody, all, its admins, those on call, or chosen people (spec/pagertree C5)."""

from __future__ import annotations

from datetime import datetime

from oncall.models import EscalationPolicy, Schedule, Team, User
from oncall.selectors import on_call_now, team_schedule

Notice = Team.Notice


def drop_notice_people(team: Team, at: datetime) -> list[User]:
    """Return who is told that an alert of the team was dropped."""
    if team.drop_notice == Notice.SPECIFIC_USERS:
        return list(team.drop_notice_users.filter(is_active=True).order_by("pk"))
    return _people(team, team.drop_notice, at)


def handoff_notice_people(team: Team, at: datetime) -> list[User]:
    """Return who is told that an alert was handed to the team."""
    if team.handoff_notice == Notice.SPECIFIC_USERS:
        return list(team.handoff_notice_users.filter(is_active=True).order_by("pk"))
    return _people(team, team.handoff_notice, at)


def _people(team: Team, kind: str, at: datetime) -> list[User]:
    match kind:
        case Notice.TEAM_ALL:
            return list(team.members.filter(is_active=True).order_by("pk"))
        case Notice.TEAM_ADMINS:
            return list(team.admins.filter(is_active=True).order_by("pk"))
        case Notice.ONCALL_ROTATION:
            return list(User.objects.filter(pk__in=_on_call(team, at), is_active=True).order_by("pk"))
    return []


def _on_call(team: Team, at: datetime) -> set[int]:
    """Return everybody on call now in the schedules that the team's own plan asks: every layer of it."""
    schedules = {own.pk: own} if (own := team_schedule(team)) else {}
    if team.escalation_chain_id is not None:
        policies = EscalationPolicy.objects.filter(chain=team.escalation_chain_id, schedule__isnull=False)
        asked = Schedule.objects.filter(pk__in=policies.values("schedule"))
        schedules |= {schedule.pk: schedule for schedule in asked}
    found = on_call_now(list(schedules.values()), at) if schedules else {}
    return {user for users in found.values() for user in users}
