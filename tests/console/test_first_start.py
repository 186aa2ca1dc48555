"""The first start makes what is needed and says so once; later ones say nothing."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_q.models import Schedule as Task

from alerts import services
from alerts.models import Assignment, Integration
from oncall.models import ApiKey, EscalationChain, Organization, User
from oncall.services import keys
from paging import sample, tasks
from paging.first_start import Credentials, first_start
from tests import builders

pytestmark = pytest.mark.django_db
EMAIL = "admin@localhost.localdomain"


def start(*options: str) -> str:
    out = StringIO()
    call_command("first_start", *options, stdout=out)
    return out.getvalue()


def told(text: str, name: str) -> str:
    found = re.search(rf"^  {name}\s+(\S+)", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_what_is_printed_opens_everything() -> None:
    text = start("--no-sample")
    admin = User.objects.get()
    assert (admin.email, admin.role) == (EMAIL, "admin")
    assert told(text, "E-mail") == EMAIL
    assert admin.check_password(told(text, "Password"))
    found = keys.find_key(told(text, "API key"), now=builders.START)
    assert found is not None
    assert found.user == admin
    assert told(text, "Alertmanager") == Integration.objects.get().link
    assert list(Organization.load().last_resort.all()) == [admin]


def test_later_starts_print_and_change_nothing() -> None:
    start("--no-sample")
    made = (User, ApiKey, Integration, EscalationChain)
    assert start("--sample") == ""
    assert not sample.is_loaded()
    assert [model.objects.count() for model in made] == [1, 1, 1, 1]


def test_the_sample_is_loaded_unless_it_is_not_wanted() -> None:
    assert "sample remove" in start()
    assert sample.is_loaded()


def test_a_sample_that_was_removed_does_not_come_back() -> None:
    start("--sample")
    sample.remove()
    assert start("--sample") == ""
    assert not sample.is_loaded()


def test_an_alert_at_the_printed_address_asks_the_admin_also_when_the_sample_is_gone() -> None:
    start("--sample")
    sample.remove()
    body = {"groupKey": "g", "status": "firing", "alerts": [{"status": "firing", "labels": {"alertname": "Disk"}}]}
    alert = services.receive(Integration.objects.get(), body, now=builders.START).alert
    services.advance_now(alert.escalations.all(), now=builders.START)
    assert list(Assignment.objects.values_list("user__email", flat=True)) == [EMAIL]


def test_housekeeping_is_planned_at_every_start() -> None:
    start("--no-sample")
    Task.objects.all().delete()
    start("--no-sample")
    assert Task.objects.filter(name=tasks.HOUSEKEEPING).count() == 1


class Cut(Exception):
    """The power goes."""


def test_after_a_crash_in_the_middle_the_next_start_does_and_tells_all(transactional_db: None) -> None:
    heard: list[Credentials] = []

    def crash(said: Credentials) -> None:
        heard.append(said)
        raise Cut

    with pytest.raises(Cut):
        first_start(email=EMAIL, with_sample=True, now=builders.START, tell=crash)
    assert not User.objects.exists()
    assert not sample.is_loaded()
    assert first_start(email=EMAIL, with_sample=True, now=builders.START, tell=heard.append)
    assert len(heard) == 2
    assert heard[0].password != heard[1].password
    assert User.objects.get(email=EMAIL).check_password(heard[1].password)


def test_the_address_of_the_first_admin_can_be_set(settings: Any) -> None:
    settings.TOCSIN_ADMIN_EMAIL = "ops@example.org"
    start("--no-sample")
    assert User.objects.get().email == "ops@example.org"


def test_an_address_that_is_none_is_refused_with_the_variables_name(settings: Any) -> None:
    settings.TOCSIN_ADMIN_EMAIL = "ops"
    with pytest.raises(CommandError, match=r"^TOCSIN_ADMIN_EMAIL: ops cannot be the first admin's"):
        start("--no-sample")
    assert not User.objects.exists()


def test_an_installation_whose_admin_was_made_by_hand_is_left_alone() -> None:
    builders.person("ada", role="admin")
    assert start("--sample") == ""
    assert User.objects.count() == 1
