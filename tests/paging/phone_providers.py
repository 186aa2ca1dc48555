"""The far ends of texts and calls, for the contract test and the stories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from oncall.models import ContactMethod
from paging import planning
from paging.channels import registry
from paging.models import Notification
from paging.providers.circuits import CIRCUITS
from tests.fakes.phone_company import PhoneCompany
from tests.paging.chat_providers import Provider
from tests.paging.conftest import MONDAY

NUMBER = "+15551234567"
RULES = {"sms": "notify_by_sms", "voice": "notify_by_phone_call"}


def _phone(channel: str, kind: str) -> Callable[[pytest.FixtureRequest], Provider]:
    def make(request: pytest.FixtureRequest) -> Provider:
        company = request.getfixturevalue("company")(kind, kind)
        person, alert, ask = (request.getfixturevalue(name) for name in ("person", "alert", "ask"))

        def notification() -> Notification:
            alice = person("Alice", addresses=[], rules=[RULES[channel]])
            ContactMethod.objects.create(user=alice, kind="phone", address=NUMBER, verified_at=MONDAY)
            ask(alert(), alice)
            planning.plan_due(MONDAY)
            return Notification.objects.get()

        return Provider(
            registry.find(channel), notification, lambda: len(company.orders), company.fail, company.refuse_number
        )

    return make


PROVIDERS = {"sms": _phone("sms", "twilio"), "voice": _phone("voice", "http")}


def companies(settings: Any) -> Iterator[Callable[[str, str], PhoneCompany]]:
    """Run phone companies; each is set up in the order in which it is made."""
    CIRCUITS.__init__()  # type: ignore[misc]  # what other tests broke is whole again
    settings.PHONE_PROVIDERS = []
    with ExitStack() as stack:

        def make(kind: str, name: str, **fields: Any) -> PhoneCompany:
            company = stack.enter_context(PhoneCompany(kind, name))
            settings.PHONE_PROVIDERS = [*settings.PHONE_PROVIDERS, company.row | fields]
            return company

        yield make
