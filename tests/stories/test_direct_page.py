"""A direct page rings until somebody answers it, whatever the alert's status."""

from __future__ import annotations

import pytest

from alerts import services
from alerts.models import Alert, LogEntry, Source
from base.errors import Conflict
from oncall.models import Team, User
from tests import builders
from tests.conftest import m
from tests.stories.conftest import CALL, MAIL, SMS, PagingWorld, s
from tests.stories.test_oncall_scenarios import at

C_MAIL, C_CALL = ("carol", "email"), ("carol", "voice")


def page(
    town: PagingWorld, alert: Alert, *people: User, important: bool = True, team: Team | None = None, by: str = "alice"
) -> None:
    services.page_onto(
        alert,
        people=[services.Paged(user, important) for user in people],
        team=team,
        important=important,
        by=getattr(town, by),
        source=Source.ONCALL_API,
        now=town.now,
    )


def acknowledged(town: PagingWorld) -> Alert:
    """Alice holds it; Carol's important rules mail and ring a minute later."""
    town.rules(town.carol, MAIL, m(1), CALL, important=True)
    alert = town.fire(builders.integration())
    town.act("acknowledge", alert, town.alice)
    return alert


def test_s15_an_earlier_acknowledgement_does_not_stop_the_page(town: PagingWorld) -> None:
    alert = acknowledged(town)
    page(town, alert, town.carol)
    town.pass_time(m(10))
    assert town.told == [at(0, C_MAIL), at(60, C_CALL)]
    alert.refresh_from_db()
    assert (alert.status, alert.holder) == ("acknowledged", town.alice)


@pytest.mark.parametrize("who", ["carol", "bob"])
def test_s15_a_later_acknowledgement_by_anyone_stops_it(town: PagingWorld, who: str) -> None:
    alert = acknowledged(town)
    page(town, alert, town.carol)
    town.pass_time(s(30))
    assert town.act("acknowledge", alert, getattr(town, who))
    town.pass_time(m(10))
    assert town.told == [at(0, C_MAIL)]
    alert.refresh_from_db()
    assert alert.holder == town.alice


def test_s15_unacknowledged_the_page_goes_on_until_it_is_acknowledged_again(town: PagingWorld) -> None:
    alert = acknowledged(town)
    town.rules(town.carol, MAIL, m(1), CALL, m(1), CALL, important=True)
    page(town, alert, town.carol)
    town.pass_time(s(30))
    town.act("unacknowledge", alert, town.bob)
    town.pass_time(m(1))
    assert town.told == [at(0, C_MAIL), at(60, C_CALL)]
    town.act("acknowledge", alert, town.bob)
    town.pass_time(m(10))
    assert town.told == [at(0, C_MAIL), at(60, C_CALL)]


def test_s15_a_resolve_stops_the_page(town: PagingWorld) -> None:
    alert = acknowledged(town)
    page(town, alert, town.carol)
    town.pass_time(s(30))
    town.act("resolve", alert, town.bob)
    town.pass_time(m(10))
    assert town.told == [at(0, C_MAIL)]


def test_a_silence_stops_the_chain_and_not_the_page(town: PagingWorld) -> None:
    town.rules(town.carol, MAIL, m(1), CALL, important=True)
    town.rules(town.alice, SMS, m(1), CALL)
    alert = town.alert(town.alice, m(5), town.bob)
    page(town, alert, town.carol)
    town.pass_time(s(30))
    town.act("silence", alert, until=None)
    town.pass_time(m(10))
    assert town.told == [at(0, C_MAIL), at(0, ("alice", "sms")), at(60, C_CALL)]


def test_a_silenced_alert_can_be_paged_onto(town: PagingWorld) -> None:
    town.rules(town.carol, MAIL)
    alert = town.fire(builders.integration())
    town.act("silence", alert, until=None)
    page(town, alert, town.carol, important=False)
    town.pass_time(m(1))
    assert town.told == [at(0, C_MAIL)]


def test_who_is_paged_and_says_not_me_is_left_alone_while_the_holder_stays(town: PagingWorld) -> None:
    alert = acknowledged(town)
    page(town, alert, town.carol)
    town.pass_time(s(30))
    services.reject(alert, by=town.carol, source=Source.LINK, now=town.now)
    town.pass_time(m(10))
    assert town.told == [at(0, C_MAIL)]
    assert alert.status == "acknowledged"


def test_a_resolved_alert_cannot_be_paged_onto(town: PagingWorld) -> None:
    alert = town.fire(builders.integration())
    town.act("resolve", alert)
    with pytest.raises(Conflict, match="Cannot add responders for a resolved alert group"):
        page(town, alert, town.carol)
    assert not alert.assignments.exists()


def test_the_same_person_may_be_paged_again(town: PagingWorld) -> None:
    town.rules(town.carol, MAIL)
    alert = acknowledged(town)
    page(town, alert, town.carol, important=False)
    town.pass_time(m(2))
    page(town, alert, town.carol, important=False)
    town.pass_time(m(1))
    assert town.told == [at(0, C_MAIL), at(120, C_MAIL)]


def test_a_team_is_paged_onto_an_alert_by_its_plan_and_urgently(town: PagingWorld) -> None:
    alert = acknowledged(town)
    team = builders.team("web", escalation_chain=town.chain(m(5), town.carol))
    page(town, alert, team=team)
    town.pass_time(m(30))
    assert town.told == [at(300, C_MAIL), at(360, C_CALL)]


def test_s16_a_new_page_asks_its_people_at_once_each_by_their_own_rules(town: PagingWorld) -> None:
    town.rules(town.carol, MAIL, m(1), CALL, important=True)
    town.rules(town.bob, SMS)
    alert = services.page_with_alert(
        services.Said(title="Help"),
        people=[services.Paged(town.bob), services.Paged(town.carol, important=True)],
        team=None,
        important=False,
        by=town.alice,
        source=Source.ONCALL_API,
        now=town.now,
    )
    town.pass_time(m(2))
    assert town.told == [at(0, C_MAIL), at(0, ("bob", "sms")), at(60, C_CALL)]
    pages = LogEntry.objects.filter(alert=alert, kind="direct_page").values_list("detail", flat=True)
    assert list(pages) == [
        {"user": f"U{town.bob.public_id}", "important": False},
        {"user": f"U{town.carol.public_id}", "important": True},
    ]


def test_a_page_that_is_given_back_asks_as_urgently_as_before(town: PagingWorld) -> None:
    town.rules(town.carol, CALL, important=True)
    alert = services.page_with_alert(
        services.Said(),
        people=[services.Paged(town.carol, important=True)],
        team=None,
        important=False,
        by=town.alice,
        source=Source.ONCALL_API,
        now=town.now,
    )
    town.pass_time(m(2))
    town.act("acknowledge", alert, town.carol)
    town.act("unacknowledge", alert, town.carol)
    town.pass_time(m(2))
    assert town.told == [at(0, C_CALL), at(130, C_CALL)]


def test_a_team_that_leads_to_nobody_is_said_and_the_alert_is_dropped_at_once(town: PagingWorld) -> None:
    alert = services.page_with_alert(
        services.Said(title="Help"),
        people=[],
        team=builders.team("web", town.bob),
        important=True,
        by=town.alice,
        source=Source.ONCALL_API,
        now=town.now,
    )
    assert alert.status == "dropped"
    text = "Team web has no schedule and no escalation chain"
    assert text in LogEntry.objects.get(alert=alert, kind="step_failed").text


def test_one_person_with_both_rule_sets_empty_is_paged_by_every_way_at_once(town: PagingWorld) -> None:
    for important in (True, False):
        town.rules(town.carol, important=important)
    page(town, acknowledged_without_rules(town), town.carol)
    town.pass_time(m(1))
    assert town.told == [at(0, C_MAIL), at(0, ("carol", "sms")), at(0, C_CALL)]


def acknowledged_without_rules(town: PagingWorld) -> Alert:
    alert = town.fire(builders.integration())
    town.act("acknowledge", alert, town.alice)
    return alert
