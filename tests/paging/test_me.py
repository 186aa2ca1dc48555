"""The responder's own page, and how an address is proven on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from alerts import services
from alerts.models import Source
from oncall.models import ContactMethod
from paging import codes, proofs
from paging.models import Notification
from tests import builders
from tests.paging.chat_providers import reachable
from tests.paging.conftest import MONDAY, minutes


@pytest.fixture
def alice(person, client, at):
    made = person("Alice")
    client.force_login(made)
    at(MONDAY + minutes(1))
    return made


def shown(client: Client) -> str:
    response = client.get("/me/")
    assert response.status_code == 200
    return response.content.decode()


def test_nobody_sees_it_without_signing_in(client, db) -> None:
    response = client.get("/me/")
    assert (response.status_code, response["Location"]) == (302, f"{reverse('admin:login')}?next=/me/")


def test_my_alerts_come_with_buttons_and_nobody_elses_do_not_come(room, alice, person, alert, ask, client) -> None:
    ask(alert("mine"), alice)
    ask(alert("theirs"), person("Bob"))
    text = shown(client)
    assert "mine" in text
    assert "theirs" not in text
    assert [f'value="{verb}"' in text for verb in ("acknowledge", "resolve", "reject")] == [True] * 3


def test_a_button_acknowledges_and_the_alert_stays_until_it_is_resolved(alice, alert, ask, client) -> None:
    fired = alert("mine")
    ask(fired, alice)
    client.post(f"/me/alerts/{fired.public_id}/", {"verb": "acknowledge"})
    fired.refresh_from_db()
    assert (fired.status, fired.acknowledged_by) == ("acknowledged", alice)
    assert "You acknowledged this 0 s ago." in shown(client)
    assert 'value="acknowledge"' not in shown(client)
    client.post(f"/me/alerts/{fired.public_id}/", {"verb": "resolve"})
    assert "Nothing waits for you." in shown(client)


def test_not_me_takes_it_off_my_list(alice, alert, ask, client) -> None:
    fired = alert("mine")
    ask(fired, alice)
    client.post(f"/me/alerts/{fired.public_id}/", {"verb": "reject"})
    assert "Nothing waits for you." in shown(client)


def test_who_comes_late_hears_who_was_faster(alice, person, alert, ask, client) -> None:
    fired = alert("mine")
    ask(fired, alice)
    services.acknowledge(fired, by=person("Bob"), source=Source.CONSOLE, now=MONDAY)
    response = client.post(f"/me/alerts/{fired.public_id}/", {"verb": "acknowledge"}, follow=True)
    assert "Bob acknowledged this 1 min ago." in response.content.decode()


def test_what_was_asked_in_an_earlier_run_is_not_mine_any_more(alice, person, alert, ask, client) -> None:
    fired = alert("mine")
    ask(fired, alice)
    services.acknowledge(fired, by=person("Bob"), source=Source.CONSOLE, now=MONDAY)
    services.unacknowledge(fired, by=person("Carol"), source=Source.CONSOLE, now=MONDAY)
    assert "Nothing waits for you." in shown(client)


def test_it_says_who_is_on_call_now(alice, person, client) -> None:
    builders.always_on_call("Primary", alice, person("Bob"))
    builders.always_on_call("Secondary")
    text = shown(client)
    assert "you, Bob" in text
    assert '<dd class="nobody">nobody</dd>' in text


def test_it_costs_the_same_however_many_alerts_there_are(
    alice, alert, ask, client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    client.get("/me/")
    ask(alert("1"), alice)
    with django_assert_max_num_queries(14) as few:
        client.get("/me/")
    for number in range(5):
        ask(alert(f"again {number}"), alice)
    with django_assert_num_queries(len(few)):
        client.get("/me/")


def test_it_works_without_script_and_loads_nothing_from_elsewhere(alice, client) -> None:
    response = client.get("/me/")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    text = response.content.decode()
    assert "<script>" not in text
    assert "http://" not in text.replace("http://127.0.0.1:8000", "")
    assert "https://" not in text


def test_a_viewer_reads_and_does_nothing(person, alert, at) -> None:
    at(MONDAY)
    client = Client()
    client.force_login(person("Vera", role="viewer"))
    assert 'id="device"' not in shown(client)
    fired = alert()
    assert client.post(f"/me/alerts/{fired.public_id}/", {"verb": "acknowledge"}).status_code == 403
    assert client.post("/me/contacts/", {"kind": "slack", "address": "U012ABCDEF"}).status_code == 403


def test_unknown_verbs_kinds_and_other_peoples_addresses_are_not_there(alice, person, alert, client) -> None:
    bobs = person("Bob").contact_methods.get()
    assert client.post(f"/me/alerts/{alert().public_id}/", {"verb": "explode"}).status_code == 404
    assert client.post("/me/contacts/", {"kind": "push", "address": "x"}).status_code == 404
    assert client.post(f"/me/contacts/{bobs.pk}/", {"verb": "remove"}).status_code == 404
    own = alice.contact_methods.get()
    assert client.post(f"/me/contacts/{own.pk}/", {"verb": "explode"}).status_code == 404


def test_an_address_counts_when_its_code_was_read_and_typed(room, alice, client) -> None:
    client.post("/me/contacts/", {"kind": "email", "address": "alice@home.example.org"})
    method = ContactMethod.objects.get(address="alice@home.example.org")
    assert method.verified_at is None
    room.now = MONDAY + minutes(1)
    room.tick()
    (sent,) = room.channel.mails
    code = codes.code(method, MONDAY + minutes(1))
    assert (sent.to, code in sent.text, code in sent.html) == ("alice@home.example.org", True, True)
    assert code not in str(Notification.objects.get().content)
    wrong = client.post(f"/me/contacts/{method.pk}/", {"verb": "confirm", "code": "AAAA-AAAA"}, follow=True)
    assert "This is not the code" in wrong.content.decode()
    client.post(f"/me/contacts/{method.pk}/", {"verb": "confirm", "code": f" {code.lower()} "})
    method.refresh_from_db()
    assert method.verified_at == method.proven_at == MONDAY + minutes(1)


def test_a_code_is_for_one_address_and_for_this_hour_and_the_next(alice, person) -> None:
    method, other = alice.contact_methods.get(), person("Bob").contact_methods.get()
    code = codes.code(method, MONDAY)
    assert codes.matches(method, code, MONDAY)
    assert codes.matches(method, code, MONDAY + timedelta(hours=1, minutes=59, seconds=59))
    assert not codes.matches(method, code, MONDAY + timedelta(hours=2))
    assert not codes.matches(other, code, MONDAY)
    assert not codes.matches(method, "", MONDAY)


def test_a_mistake_in_an_address_is_told(alice, client) -> None:
    response = client.post("/me/contacts/", {"kind": "slack", "address": "#general"}, follow=True)
    assert "give your Slack member ID" in response.content.decode()
    assert not ContactMethod.objects.filter(kind="slack").exists()


def test_a_test_message_goes_to_the_address_and_needs_no_alert(room, alice, client) -> None:
    method = alice.contact_methods.get()
    client.post(f"/me/contacts/{method.pk}/", {"verb": "test"})
    room.now = MONDAY + minutes(1)
    room.tick()
    assert [sent.subject for sent in room.channel.mails] == ["Tocsin: test message"]
    assert Notification.objects.get().status == "sent"


def test_a_test_message_that_fails_says_so_and_pages_nobody_else(room, alice, client) -> None:
    method = reachable(alice, "slack", "U012ABCDEF")
    proofs.send_test(method, now=MONDAY)
    room.tick()
    row = Notification.objects.get()
    assert (row.status, row.error) == ("failed", "TOCSIN_SLACK_BOT_TOKEN is not set.")
    assert mail.outbox == room.channel.mails == []


def test_ten_test_messages_an_hour_are_enough(alice, client, at) -> None:
    method = alice.contact_methods.get()
    for second in range(12):
        at(MONDAY + timedelta(seconds=second))
        response = client.post(f"/me/contacts/{method.pk}/", {"verb": "test"}, follow=True)
    assert "10 test messages an hour are enough" in response.content.decode()
    assert Notification.objects.count() == 10


def test_two_presses_in_one_second_are_one_message(alice) -> None:
    method = alice.contact_methods.get()
    assert proofs.send_test(method, now=MONDAY) == proofs.send_test(method, now=MONDAY)


def test_a_reply_proves_the_address_it_was_sent_to(room, alice, alert, ask, client) -> None:
    ask(alert(), alice)
    room.tick()
    link = room.channel.mails[0].text.split("/r/")[1].split()[0]
    assert alice.contact_methods.get().proven_at is None
    client.post(f"/r/{link}", {"verb": "acknowledge"})
    assert alice.contact_methods.get().proven_at == MONDAY + minutes(1)
    assert Notification.objects.get().delivered_at == MONDAY + minutes(1)


def test_the_console_sends_a_test_too(alice, client, person) -> None:
    admin = Client()
    admin.force_login(person("Root", role="admin"))
    method = alice.contact_methods.get()
    url = reverse("admin:oncall_contactmethod_change", args=(method.pk,))
    assert "Send a test" in admin.get(url).content.decode()
    admin.post(reverse("admin:oncall_contactmethod_press", args=(method.pk, "test")))
    assert Notification.objects.get().address == "alice@example.org"


def test_the_console_puts_the_secret_of_an_address_aside(alice, person, client) -> None:
    admin = Client()
    admin.force_login(person("Root", role="admin"))
    fields = {"user": alice.pk, "kind": "gotify", "address": "https://g.example.org/AbCdEfGhIjKlMnO"}
    admin.post(reverse("admin:oncall_contactmethod_add"), fields)
    method = ContactMethod.objects.get(kind="gotify")
    assert method.target == "gotifys://g.example.org/AbCdEfGhIjKlMnO"
    url = reverse("admin:oncall_contactmethod_change", args=(method.pk,))
    assert "AbCdEfGhIjKlMnO" not in admin.get(url).content.decode()
    admin.post(url, fields | {"address": method.address})
    method.refresh_from_db()
    assert method.target == "gotifys://g.example.org/AbCdEfGhIjKlMnO"
    refused = admin.post(reverse("admin:oncall_contactmethod_add"), fields | {"address": "gotify"})
    assert "token of a Gotify application" in refused.content.decode()
