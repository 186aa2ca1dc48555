"""The sample fills every page, reaches nobody real, and goes without a trace of itself or a loss of anybody's own."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.management import call_command

from alerts import services
from alerts.models import Alert, Assignment, Integration, LogEntry
from base import clock
from oncall.models import (
    EscalationChain,
    EscalationPolicy,
    OnCallShift,
    Organization,
    PolicyPerson,
    Schedule,
    Team,
    User,
)
from oncall.selectors import on_call_now
from paging import sample
from paging.models import Notification
from tests import builders
from tests.conftest import World

pytestmark = pytest.mark.django_db
NOW = builders.START


def rows() -> dict[str, int]:
    """How many rows there are of each model."""
    ours = [model for app in ("oncall", "alerts", "paging") for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model._default_manager.count() for model in ours}


def test_there_is_an_alert_in_every_status(loaded: None) -> None:
    assert set(Alert.objects.values_list("status", flat=True)) == set(Alert.Status.values)


def test_there_is_an_integration_of_each_kind_two_teams_and_three_people(loaded: None) -> None:
    kinds = {"alertmanager", "grafana_alerting", "webhook", "formatted_webhook"}
    assert set(Integration.objects.values_list("type", flat=True)) == kinds
    assert (Team.objects.count(), User.objects.count()) == (2, 3)


def test_somebody_is_on_call_now_a_week_ago_and_in_a_year(loaded: None) -> None:
    schedules = list(Schedule.objects.all())
    for at in (NOW, NOW - timedelta(weeks=1), NOW + timedelta(days=365)):
        assert all(len(people) == 1 for people in on_call_now(schedules, at).values())


def test_every_instant_lies_in_the_past_of_now_and_every_promise_in_its_future(loaded: None) -> None:
    assert LogEntry.objects.filter(at__gt=NOW).count() == 0
    due = clock.next_due()
    assert due is not None
    assert due > NOW


def test_loading_twice_doubles_nothing(loaded: None) -> None:
    before = rows()
    assert sample.load(NOW + timedelta(days=1)) is None
    assert rows() == before


def test_nothing_of_it_remains() -> None:
    Organization.load()
    before = rows()
    assert sample.load(NOW) == 10
    removed = sample.remove()
    assert (removed.alerts, removed.lost) == (10, [])
    assert rows() == before


def test_it_can_be_loaded_again_after_it_was_removed(loaded: None) -> None:
    before = rows()
    sample.remove()
    sample.load(NOW)
    assert rows() == before


def test_names_that_somebody_has_already_are_left_to_them() -> None:
    Organization.load()
    theirs = builders.team("platform")
    builders.person("maya")
    sample.load(NOW)
    assert Team.objects.get(pk=theirs.pk).is_sample is False
    assert Team.objects.get(is_sample=True, name__startswith="Plat").slug == "platform-2"
    assert User.objects.get(email="maya@sample.example").username == "maya-2"


def test_what_was_renamed_and_added_around_it_goes_too(loaded: None) -> None:
    Integration.objects.filter(type="alertmanager").update(name="My Prometheus")
    door = Integration.objects.get(type="alertmanager")
    services.receive(door, {"groupKey": "late", "status": "firing", "alerts": []}, now=NOW)
    chain_pk = EscalationChain.objects.values_list("pk", flat=True)[0]
    EscalationPolicy.objects.create(chain_id=chain_pk, position=99, type="resolve")
    removed = sample.remove()
    assert removed.alerts == 11
    assert not Integration.objects.exists()
    assert not EscalationPolicy.objects.exists()


def test_what_is_anybodys_own_stays_and_the_summary_names_what_it_lost(loaded: None) -> None:
    real = builders.person("real")
    sampled = User.objects.filter(is_sample=True).order_by("pk").first()
    assert sampled is not None
    chain = builders.chain("own chain", [real, sampled], Schedule.objects.get(name="Platform on call"))
    team = builders.team("own-team", real, sampled, escalation_chain=EscalationChain.objects.get(team__name="Platform"))
    shift = builders.always_on_call("own schedule", real).own_shifts.get()
    OnCallShift.objects.filter(pk=shift.pk).update(rolling_users=[[real.pk, sampled.pk], [sampled.pk]])
    door = builders.integration(to=chain, name="own door", team=Team.objects.get(name="Payments"))

    lost = sample.remove().lost

    assert list(PolicyPerson.objects.values_list("user", flat=True)) == [real.pk]
    assert chain.policies.filter(schedule=None).count() == 2
    team.refresh_from_db()
    assert team.escalation_chain is None
    assert list(team.members.all()) == [real]
    assert OnCallShift.objects.get().rolling_users == [[real.pk]]
    door.refresh_from_db()
    assert door.team is None
    assert lost == [
        "1 on-call shift: sample people taken out",
        "1 team: escalation chain loses sample escalation chains",
        "1 escalation policy: schedule loses sample schedules",
        "1 integration: team loses sample teams",
        "1 escalation policy: persons loses sample users",
        "1 team: members loses sample users",
    ]


def test_an_integration_that_loses_its_sample_team_gets_a_name_of_its_own(loaded: None) -> None:
    builders.integration(name="Prometheus")
    door = builders.integration(name="Prometheus", team=Team.objects.get(name="Platform"))
    lost = sample.remove().lost
    door.refresh_from_db()
    assert door.name == "Prometheus (Platform)"
    assert "integration Prometheus: now called Prometheus (Platform), since its sample team goes" in lost


def test_a_request_to_a_sample_person_on_a_real_alert_is_named_before_it_goes(world: World) -> None:
    sample.load(NOW)
    sampled = User.objects.filter(is_sample=True).order_by("pk").first()
    alert = world.alert(sampled, world.alice)
    world.settle()
    lost = sample.remove().lost
    assert "1 request to sample people on other alerts: deleted with the people" in lost
    assert list(Assignment.objects.filter(alert=alert).values_list("user__username", flat=True)) == ["alice"]


def test_no_mail_leaves_the_house_even_when_everything_drops(settings: Any, admin: User) -> None:
    settings.EMAIL_CONFIGURED = True
    Organization.load().last_resort.add(admin)
    sample.load(NOW)
    at = NOW
    while (due := clock.next_due()) is not None and due <= NOW + timedelta(days=2):
        at = max(at, due)
        clock.tick(at)
    assert Alert.objects.filter(status="open").count() == 0
    assert Alert.objects.filter(status="dropped").count() > 1
    assert mail.outbox == []
    assert set(Notification.objects.values_list("status", flat=True)) <= {"kept", "stale", "skipped"}
    assert Notification.objects.filter(user=admin).count() == 0


def command(what: str) -> str:
    out = StringIO()
    call_command("sample", what, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_did() -> None:
    assert command("remove") == "There is no sample data.\n"
    assert command("load") == "Sample data is loaded, with 10 alerts. `manage.py sample remove` takes it away.\n"
    assert command("load") == "The sample data is loaded already; nothing was changed.\n"
    assert command("remove") == "Sample data is removed, with 10 alerts.\n"
