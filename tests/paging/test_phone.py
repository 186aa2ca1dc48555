"""Texts and calls: who carries them, what people answer, and what is known of their arrival."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client

from alerts import services
from alerts.models import Alert, LogEntry, Source
from base.errors import Invalid
from oncall import addresses
from oncall.models import ContactMethod, User
from paging import clock, links, phone_messages, proofs
from paging.models import Attempt, Notification, Reply
from paging.providers.base import Line, lines_for
from paging.providers.circuits import Circuits
from tests.fakes.phone_company import PhoneCompany
from tests.paging.conftest import MONDAY, minutes
from tests.paging.phone_providers import NUMBER

Company = Callable[..., PhoneCompany]
SECOND = timedelta(seconds=1)


@dataclass
class Phones:
    """A clock that leaps, and people with phones."""

    person: Callable[..., User]
    alert: Callable[..., Alert]
    ask: Callable[..., Any]
    travel: Callable[[datetime], None]
    now: datetime = MONDAY
    people: dict[str, User] = field(default_factory=dict)

    def page(self, *rules: str | int, title: str = "DiskFull (eu-7): disk /var is 97 % full", **fields: Any) -> Alert:
        """Ask Alice, who has a phone; return the alert."""
        alice = self.people.get("alice") or self.add("alice", NUMBER, *rules)
        alert = self.alert(title, **fields)
        self.ask(alert, alice, at=self.now)
        self.tick()
        return alert

    def add(self, name: str, number: str, *rules: str | int) -> User:
        """Make a person who is reached by phone."""
        user = self.people[name] = self.person(name.capitalize(), addresses=[], rules=list(rules))
        ContactMethod.objects.create(user=user, kind="phone", address=number, verified_at=MONDAY)
        return user

    def tick(self) -> None:
        """Do everything due now, sends included."""
        self.travel(self.now)
        while clock.tick(self.now) or clock.deliver(lambda: self.now, pulse=lambda: None):
            pass

    def pass_time(self, span: timedelta) -> None:
        """Leap from promise to promise."""
        end = self.now + span
        while (due := clock.next_due()) and due <= end:
            self.now = max(self.now, due)
            self.tick()
        self.now = end
        self.travel(end)


@pytest.fixture
def phones(
    person: Callable[..., User], alert: Callable[..., Alert], ask: Callable[..., Any], at: Callable[[datetime], None]
) -> Phones:
    return Phones(person, alert, ask, at)


def say(answer: Any) -> str:
    """Return what a call says next."""
    assert answer.status_code == 200, answer
    return "".join(parsed(answer).itertext())


def parsed(answer: Any) -> Any:
    """Return the answer's XML, which is our own."""
    return ElementTree.fromstring(answer.content)  # noqa: S314


def sent() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("pk").values_list("channel", "status"))


# --- Words ------------------------------------------------------------------------------------------------------


def test_a_text_has_at_most_160_characters_and_ends_with_the_link(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_sms", title="DiskFull " * 40)
    text = twilio.orders[0]["Body"]
    assert len(text) == 160
    assert text.startswith("Firing: DiskFull")
    assert ". Reply A ack, R resolve, X not me. http://127.0.0.1:8000/r/" in text


def test_a_call_reads_the_alert_as_people_speak(phones: Phones, company: Company) -> None:
    company("twilio", "twilio")
    phones.page("notify_by_phone_call", title="DiskFull (eu-7)")
    Notification.objects.update(important=True)
    assert phone_messages.speech(Notification.objects.get()) == (
        "This is Tocsin. An important alert: DiskFull, E U seven. Press 1 to acknowledge, 2 to resolve, "
        "3 if it is not for you, 4 to hear it again."
    )


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+49 151 2345678", "+491512345678"),
        ("0049 (151) 234-5678", "+491512345678"),
        ("+1.555.123.4567", "+15551234567"),
    ],
)
def test_a_number_is_kept_in_one_form_however_it_was_typed(typed: str, number: str) -> None:
    assert addresses.read("phone", typed).shown == number


@pytest.mark.parametrize(
    "typed", ["0151 2345678", "+0151234567", "+49", "+4915123456789012", "bob", "", "+49151234567x"]
)
def test_what_is_no_number_with_its_country_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="is no phone number"):
        addresses.read("phone", typed)


# --- Who carries it -----------------------------------------------------------------------------------------------


def test_twilio_is_asked_by_its_own_interface_with_a_stable_key(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_phone_call")
    [request], [order] = twilio.sink.requests, twilio.orders
    token = phone_messages.token(Notification.objects.get())
    assert request.path == "/2010-04-01/Accounts/AC0/Calls.json"
    assert request.headers["Idempotency-Key"] == f"{Notification.objects.get().dedup}:voice"
    assert (order["To"], order["From"]) == (NUMBER, "+15550100")
    assert order["Url"] == f"http://127.0.0.1:8000/phone/twilio/voice/{token}"
    assert order["StatusCallback"] == f"http://127.0.0.1:8000/phone/twilio/status/{token}"


def test_when_the_first_provider_is_down_the_second_carries_it_within_the_same_try(
    phones: Phones, company: Company
) -> None:
    first, second = company("twilio", "first"), company("http", "second")
    first.fail(500)
    phones.page("notify_by_sms")
    attempt = Attempt.objects.get()
    assert (len(first.orders), len(second.orders)) == (1, 1)
    assert (attempt.number, attempt.outcome, attempt.provider) == (1, "sent", "second")
    assert attempt.answer == "first: 500 20500 Unable to create record: no; second: accepted as SM1"
    assert Notification.objects.get().sent_at == MONDAY


def test_a_provider_that_hangs_costs_half_of_the_time_and_no_page(
    phones: Phones, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paging.channels.phone.SECONDS", 0.6)
    first, second = company("twilio", "first"), company("http", "second")
    first.hang(1.0)
    phones.page("notify_by_sms")
    attempt = Attempt.objects.get()
    assert (attempt.provider, attempt.outcome, len(second.orders)) == ("second", "sent", 1)
    assert "ReadTimeout" in attempt.answer


def test_where_no_provider_takes_it_the_page_is_tried_again(phones: Phones, company: Company) -> None:
    first, second = company("twilio", "first"), company("http", "second")
    first.fail(503)
    second.fail(503)
    phones.page("notify_by_sms")
    assert sent() == [("sms", "pending")]
    second.take()
    phones.pass_time(5 * SECOND)
    assert sent() == [("sms", "sent")]
    assert [attempt.outcome for attempt in Attempt.objects.all()] == ["retry", "sent"]


def test_a_refused_number_is_not_tried_elsewhere_and_the_next_way_is_taken_at_once(
    phones: Phones, company: Company
) -> None:
    first, second = company("twilio", "first"), company("http", "second")
    first.refuse_number()
    alice = phones.add("alice", NUMBER, "notify_by_sms")
    ContactMethod.objects.create(user=alice, kind="email", address="alice@example.org", verified_at=MONDAY)
    phones.page()
    assert second.orders == []
    assert sent() == [("sms", "failed"), ("voice", "failed"), ("email", "kept")]


def test_the_best_prefix_comes_first_then_the_operators_order(settings: Any) -> None:
    row = {"kind": "http", "secret": "x", "from": "x", "url": "x"}
    settings.PHONE_PROVIDERS = [
        row | {"name": "all"},
        row | {"name": "germany", "prefixes": ["+49"]},
        row | {"name": "mobile", "prefixes": ["+4915", "+4916"], "can": ["sms"]},
        row | {"name": "america", "prefixes": ["+1"]},
    ]
    assert [line.name for line in lines_for("+49151234567", "sms")] == ["mobile", "germany", "all"]
    assert [line.name for line in lines_for("+49151234567", "voice")] == ["germany", "all"]
    assert [line.name for line in lines_for("+33123456789", "sms")] == ["all"]


def test_a_provider_that_fails_three_times_is_left_alone_for_thirty_seconds() -> None:
    now = [0.0]
    circuits = Circuits(lambda: now[0])
    a, b = (Line(name, "http", "x", "x") for name in "ab")
    for _ in range(2):
        circuits.failed("a")
    assert circuits.ready([a, b]) == [a, b]
    circuits.failed("a")
    assert circuits.ready([a, b]) == [b]
    assert circuits.ready([a]) == [a]  # silence is worse
    now[0] = 29.9
    assert circuits.ready([a, b]) == [b]
    now[0] = 30.0
    assert [circuits.ready([a, b]) for _ in range(2)] == [[a, b], [b]]  # one message tries it
    circuits.worked("a")
    assert circuits.ready([a, b]) == [a, b]


# --- What people answer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("1", "acknowledged", "Acknowledged: you have it, nobody else is asked."),
        ("2", "resolved", "Resolved."),
        ("3", "open", "Noted: it is not for you. The next one is asked."),
    ],
)
def test_a_key_in_a_call_answers_the_alert(phones: Phones, company: Company, key: str, status: str, words: str) -> None:
    twilio = company("twilio", "twilio")
    alert = phones.page("notify_by_phone_call")
    asked = twilio.post(twilio.orders[0]["Url"], {"CallSid": "CA1"}, now=phones.now)
    assert "Press 1 to acknowledge" in say(asked)
    action = parsed(asked).find("Gather").get("action")
    assert say(twilio.post(action, {"CallSid": "CA1", "Digits": key}, now=phones.now)) == words
    alert.refresh_from_db()
    assert (alert.status, Reply.objects.get().via) == (status, "phone")
    assert ContactMethod.objects.get().proven_at == phones.now


def test_four_and_any_other_key_repeat_the_alert_and_change_nothing(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    alert = phones.page("notify_by_phone_call")
    url = f"{twilio.orders[0]['Url']}/key"
    for key in ("4", "9", ""):
        assert "This is Tocsin." in say(twilio.post(url, {"Digits": key}, now=phones.now))
    alert.refresh_from_db()
    assert (alert.status, Reply.objects.count()) == ("open", 0)


def test_who_was_slower_hears_who_was_faster(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    bob = phones.add("bob", "+15557654321", "notify_by_sms")
    alert = phones.page("notify_by_phone_call")
    url = twilio.orders[0]["Url"]
    services.acknowledge(alert, by=bob, source=Source.CONSOLE, now=phones.now)
    phones.now += 40 * SECOND
    phones.tick()
    assert "Bob acknowledged this 40 s ago." in say(twilio.post(url, {}, now=phones.now))
    assert say(twilio.post(f"{url}/key", {"Digits": "1"}, now=phones.now)) == "Bob acknowledged this 40 s ago."


@pytest.mark.parametrize(
    ("text", "status"), [("A", "acknowledged"), (" a. ", "acknowledged"), ("Ack", "acknowledged"), ("R", "resolved")]
)
def test_a_letter_in_a_text_answers_the_alert(phones: Phones, company: Company, text: str, status: str) -> None:
    twilio = company("twilio", "twilio")
    alert = phones.page("notify_by_sms", title="DiskFull")
    fields = {"From": NUMBER, "Body": text, "MessageSid": "SM9"}
    said = say(twilio.post("/phone/twilio/reply", fields, now=phones.now))
    alert.refresh_from_db()
    assert (alert.status, said.startswith("DiskFull: ")) == (status, True)
    assert Reply.objects.get().via == "sms"


def test_a_text_that_is_brought_twice_does_not_answer_a_newer_alert(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_sms", title="First")
    fields = {"From": NUMBER, "Body": "A", "MessageSid": "SM9"}
    twilio.post("/phone/twilio/reply", fields, now=phones.now)
    phones.now += minutes(5)
    newer = phones.page(title="Second")
    assert say(twilio.post("/phone/twilio/reply", fields, now=phones.now)) == ""
    newer.refresh_from_db()
    assert newer.status == "open"


def test_a_text_of_a_stranger_and_one_that_says_nothing_change_nothing(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    alert = phones.page("notify_by_sms", title="DiskFull")
    for number, text, words in (
        ("+15550000000", "A", "There is no alert that you were texted about."),
        (NUMBER, "what?", "Reply A to acknowledge, R to resolve, X if it is not for you."),
    ):
        fields = {"From": number, "Body": text, "MessageSid": f"SM{number}"}
        assert say(twilio.post("/phone/twilio/reply", fields, now=phones.now)) == words
    ContactMethod.objects.update(verified_at=None)
    fields = {"From": NUMBER, "Body": "A", "MessageSid": "SM0"}
    assert "no alert" in say(twilio.post("/phone/twilio/reply", fields, now=phones.now))
    alert.refresh_from_db()
    assert alert.status == "open"


def test_a_gateway_of_ones_own_answers_too(phones: Phones, company: Company) -> None:
    gateway = company("http", "gateway")
    alert = phones.page("notify_by_phone_call")
    [order] = gateway.orders
    assert order["text"].startswith("This is Tocsin.")
    answer = gateway.post(order["answer_url"], {"key": "1"}, now=phones.now)
    assert answer.json() == {"text": "Acknowledged: you have it, nobody else is asked.", "more": False}
    alert.refresh_from_db()
    assert alert.status == "acknowledged"


# --- Is it really the provider? -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["twilio", "http"])
@pytest.mark.parametrize("path", ["voice/{token}", "voice/{token}/key", "status/{token}", "reply"])
def test_a_forged_signature_is_a_403_and_changes_nothing(
    phones: Phones, company: Company, kind: str, path: str
) -> None:
    carrier = company(kind, kind)
    alert = phones.page("notify_by_sms")
    token = phone_messages.token(Notification.objects.get())
    fields = {"Digits": "1", "key": "1", "From": NUMBER, "Body": "A", "MessageSid": "SM9", "MessageStatus": "failed"}
    url = f"/phone/{kind}/{path.format(token=token)}"
    assert carrier.post(url, fields, now=phones.now, secret="wrong").status_code == 403
    assert Client().post(url, fields).status_code == 403
    assert Client().get(url).status_code == 405
    assert carrier.post(url.replace(kind, "nobody"), fields, now=phones.now).status_code == 403
    alert.refresh_from_db()
    assert (alert.status, sent()) == ("open", [("sms", "sent")])


def test_an_old_callback_of_a_gateway_is_a_403(phones: Phones, company: Company) -> None:
    gateway = company("http", "gateway")
    phones.page("notify_by_phone_call")
    url = gateway.orders[0]["answer_url"]
    for late, status in ((301, 403), (300, 200)):
        assert gateway.post(url, {"key": "4"}, now=phones.now - late * SECOND).status_code == status


def test_a_token_that_is_forged_or_too_old_does_nothing(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    alert = phones.page("notify_by_phone_call")
    old = links.token(Notification.objects.get().pk, issued_at=MONDAY - timedelta(days=8))
    for token in (old, "1.2.3"):
        said = say(twilio.post(f"/phone/twilio/voice/{token}/key", {"Digits": "1"}, now=phones.now))
        assert said == "This alert is not there any more."
    alert.refresh_from_db()
    assert alert.status == "open"


# --- Did it arrive? -------------------------------------------------------------------------------------------------


def receipt(company: PhoneCompany, word: str, now: datetime, order: int = -1) -> None:
    url = company.orders[order]["StatusCallback"]
    name = "CallStatus" if "Url" in company.orders[order] else "MessageStatus"
    assert company.post(url, {name: word}, now=now).status_code == 204


def test_a_receipt_proves_the_notification_and_the_address(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_sms")
    for word in ("queued", "sent"):
        receipt(twilio, word, phones.now)
    assert Notification.objects.get().delivered_at is None
    receipt(twilio, "delivered", MONDAY + 3 * SECOND)
    phones.travel(MONDAY + 9 * SECOND)
    receipt(twilio, "delivered", MONDAY + 9 * SECOND)
    row = Notification.objects.get()
    assert (row.status, row.delivered_at, row.receipt_due_at) == ("sent", MONDAY, None)
    assert ContactMethod.objects.get().proven_at == MONDAY


def test_a_text_that_is_not_delivered_is_followed_by_the_next_way_at_once(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_sms")
    receipt(twilio, "undelivered", phones.now)
    receipt(twilio, "undelivered", phones.now)
    phones.tick()
    assert sent() == [("sms", "failed"), ("voice", "sent")]
    assert Attempt.objects.filter(answer="Receipt: undelivered").count() == 1


def test_a_failure_that_comes_after_the_delivery_changes_nothing(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_sms")
    receipt(twilio, "delivered", phones.now)
    receipt(twilio, "failed", phones.now)
    assert sent() == [("sms", "sent")]


def test_what_was_accepted_and_never_delivered_is_unknown_and_the_next_way_is_tried(
    phones: Phones, company: Company
) -> None:
    twilio = company("twilio", "twilio")
    alert = phones.page("notify_by_sms")
    phones.pass_time(2 * minutes(1) - SECOND)
    assert sent() == [("sms", "sent")]
    phones.pass_time(SECOND)
    assert sent() == [("sms", "unknown"), ("voice", "sent")]
    line = LogEntry.objects.get(alert=alert, kind="note")
    assert (line.at, line.detail["outcome"]) == (MONDAY + minutes(2), "unknown")
    receipt(twilio, "delivered", phones.now, order=0)  # late
    assert sent() == [("sms", "sent"), ("voice", "sent")]


def test_of_a_provider_that_never_tells_nothing_is_expected(phones: Phones, company: Company) -> None:
    company("http", "gateway", receipts=False)
    phones.page("notify_by_sms")
    phones.pass_time(minutes(30))
    assert sent() == [("sms", "sent")]


def test_nothing_follows_a_missing_receipt_once_somebody_has_the_alert(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_phone_call")
    twilio.post(f"{twilio.orders[0]['Url']}/key", {"Digits": "1"}, now=phones.now)
    phones.pass_time(minutes(10))
    assert sent() == [("voice", "sent")]


def test_a_call_that_nobody_takes_is_repeated_after_a_minute_three_times_in_all(
    phones: Phones, company: Company
) -> None:
    twilio = company("twilio", "twilio")
    phones.page("notify_by_phone_call")
    for call in range(3):
        assert len(twilio.orders) == call + 1
        receipt(twilio, "no-answer", phones.now)
        if call < 2:
            phones.pass_time(minutes(1) - SECOND)
            assert len(twilio.orders) == call + 1
            phones.pass_time(SECOND)
    phones.tick()
    assert sent() == [("voice", "failed"), ("sms", "sent")]


# --- Is it their phone? -----------------------------------------------------------------------------------------------


def test_a_code_by_text_verifies_a_number(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    alice = phones.add("alice", NUMBER, "notify_by_sms")
    method = ContactMethod.objects.get()
    ContactMethod.objects.update(verified_at=None)
    method.refresh_from_db()
    proofs.send_test(method, now=phones.now)
    phones.tick()
    text = twilio.orders[0]["Body"]
    code = text.split("Your code is ")[1].split(".")[0]
    with pytest.raises(Invalid):
        proofs.confirm(method, "AAAA-AAAA", now=phones.now)
    proofs.confirm(method, code.lower(), now=phones.now)
    assert alice.contact_methods.get().verified_at == phones.now


# --- The simulator ----------------------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_without_a_provider_the_phone_rings_in_the_console(phones: Phones, settings: Any) -> None:
    settings.PHONE_PROVIDERS = []
    alert = phones.page("notify_by_sms", "notify_by_phone_call", title="DiskFull (eu-7)")
    assert sent() == [("sms", "kept"), ("voice", "kept")]
    client = browser(phones.people["alice"])
    text, call = Notification.objects.order_by("pk")
    assert client.get("/simulator/").content.decode().count("/simulator/") >= 2
    assert "Firing: DiskFull (eu-7)" in client.get(f"/simulator/{text.pk}/").content.decode()
    assert "DiskFull, E U seven" in client.get(f"/simulator/{call.pk}/").content.decode()
    answer = client.post(f"/simulator/{call.pk}/", {"key": "1"}, follow=True)
    assert "Acknowledged: you have it" in answer.content.decode()
    alert.refresh_from_db()
    assert (alert.status, alert.acknowledged_by) == ("acknowledged", phones.people["alice"])
    answer = client.post(f"/simulator/{text.pk}/", {"key": "R"}, follow=True)
    assert "Resolved." in answer.content.decode()


def test_the_simulator_shows_nobody_elses_phone(phones: Phones, settings: Any) -> None:
    settings.PHONE_PROVIDERS = []
    phones.page("notify_by_sms")
    row = Notification.objects.get()
    bob, admin, viewer = phones.person("Bob"), phones.person("Ada"), phones.person("Vera")
    User.objects.filter(pk=admin.pk).update(role="admin")
    User.objects.filter(pk=viewer.pk).update(role="viewer")
    found = [browser(user).get(f"/simulator/{row.pk}/").status_code for user in (bob, admin, viewer)]
    assert found == [404, 200, 403]
    answer = Client().get("/simulator/")
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, "/admin/login/")


def test_the_simulator_is_gone_once_a_provider_is_set_up(phones: Phones, company: Company) -> None:
    company("twilio", "twilio")
    assert browser(phones.add("alice", NUMBER)).get("/simulator/").status_code == 404
