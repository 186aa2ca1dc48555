"""Chats: a button is an answer, a message tells what became of it, and a slow service delays nobody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as live
from django.core.management import CommandError, call_command
from django_q.models import OrmQ

from alerts import services
from alerts.models import Alert, LogEntry, Source
from oncall.models import ContactMethod, NotificationRule
from paging import codes, tasks
from paging.channels import registry
from paging.channels.base import Receipt
from paging.models import Attempt, Notification, Reply
from tests.fakes.chat_servers import FakeMattermost, FakeSlack, FakeTelegram, as_json, signed_press
from tests.paging.chat_providers import ADDRESSES, reachable, set_up
from tests.paging.conftest import MONDAY, minutes, statuses

Kind = NotificationRule.Kind


@pytest.fixture
def slack(settings: Any) -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        set_up(settings, server)
        yield server


@pytest.fixture
def telegram(settings: Any) -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        set_up(settings, server)
        yield server


@pytest.fixture
def mattermost(settings: Any) -> Iterator[FakeMattermost]:
    with FakeMattermost() as server:
        set_up(settings, server)
        yield server


@pytest.fixture
def page(room, person, alert, ask, at):
    """Page Alice by a chat and return the alert."""

    def make(kind: str, address: str) -> Alert:
        alice = person("Alice", rules=[f"notify_by_{kind}"])
        reachable(alice, kind, address)
        fired: Alert = alert()
        ask(fired, alice)
        room.tick()
        at(MONDAY + minutes(1))
        return fired

    return make


PRESSED_AT = (MONDAY + minutes(1)).timestamp()


def press_slack(client: Any, server: FakeSlack, verb: str = "acknowledge", **how: Any) -> Any:
    press = server.press(verb, **{"member": "U0ALICE01", "at": PRESSED_AT, **how})
    return client.post("/hooks/slack", **press)


def press_telegram(client: Any, update: dict[str, Any], secret: str | None = None) -> Any:
    headers = {"X-Telegram-Bot-Api-Secret-Token": codes.telegram_secret() if secret is None else secret}
    return client.post("/hooks/telegram", json.dumps(update), content_type="application/json", headers=headers)


def press_mattermost(client: Any, body: dict[str, Any]) -> Any:
    return client.post("/hooks/mattermost", json.dumps(body), content_type="application/json")


def status_of(alert: Alert) -> str:
    alert.refresh_from_db()
    return str(alert.status)


def test_a_page_comes_by_slack_with_the_title_the_link_and_three_buttons(slack, page) -> None:
    page("slack", "U0ALICE01")
    shown = slack.only()
    assert shown["text"] == "[Firing] DiskFull (eu-7): disk /var is 97 % full"
    assert "97 % of 400 GB used" in shown["blocks"][0]["text"]["text"]
    assert [button["text"]["text"] for button in slack.buttons()] == ["Acknowledge", "Resolve", "Not me"]
    sent = Notification.objects.get()
    assert (sent.status, sent.delivered_at) == ("sent", MONDAY)
    assert ContactMethod.objects.get(kind="slack").proven_at == MONDAY


def test_a_button_in_slack_acknowledges_and_the_message_says_who_did(slack, page, client) -> None:
    fired = page("slack", "U0ALICE01")
    assert press_slack(client, slack).status_code == 200
    assert status_of(fired) == "acknowledged"
    assert Reply.objects.get().via == Source.CHAT
    assert tasks.edit_messages(fired.pk) == 1
    assert slack.buttons() == []
    assert slack.only()["text"].startswith("[Acknowledged] ")
    assert "Alice acknowledged this." in slack.only()["blocks"][0]["text"]["text"]


def test_a_button_in_telegram_acknowledges_and_the_message_says_who_did(telegram, page, client) -> None:
    fired = page("telegram", "4711")
    answer = press_telegram(client, telegram.press("Acknowledge", chat=4711)).json()
    assert answer["method"] == "answerCallbackQuery"
    assert answer["text"] == "Acknowledged: you have it, nobody else is asked."
    assert status_of(fired) == "acknowledged"
    assert [tasks.edit_messages(fired.pk), tasks.edit_messages(fired.pk)] == [1, 1]  # the second finds it done
    assert telegram.edits == 1
    assert telegram.buttons() == []
    assert "Alice acknowledged this." in telegram.only()["text"]


def test_a_button_in_mattermost_answers_with_the_changed_post(mattermost, page, client) -> None:
    fired = page("mattermost", "@alice")
    answer = press_mattermost(client, mattermost.press("resolve", user="a" * 26)).json()
    assert status_of(fired) == "resolved"
    assert answer["ephemeral_text"] == "Resolved."
    assert "Alice resolved this." in answer["update"]["props"]["attachments"][0]["text"]
    assert "actions" not in answer["update"]["props"]["attachments"][0]
    assert tasks.edit_messages(fired.pk) == 1
    assert mattermost.buttons() == []


def test_who_is_asked_at_first_is_looked_up_once_in_mattermost(mattermost, page, room, alert, ask) -> None:
    page("mattermost", "@alice")
    asked = len(mattermost.requests)
    ask(alert("second"), ContactMethod.objects.get(kind="mattermost").user)
    room.tick()
    assert [request.path for request in mattermost.requests[asked:]] == ["/api/v4/posts"]


def test_whoever_acts_by_whatever_door_the_message_follows_the_alert(slack, page, room, person) -> None:
    fired = page("slack", "U0ALICE01")
    bob = person("Bob")
    room.tick()
    assert OrmQ.objects.count() == 0
    for number, move in enumerate((services.acknowledge, services.resolve), 1):
        move(fired, by=bob, source=Source.CONSOLE, now=MONDAY + minutes(number))
        room.tick()
        room.tick()
        assert OrmQ.objects.count() == number
        assert tasks.edit_messages(fired.pk) == 1
    assert OrmQ.objects.latest("pk").task["func"] == "paging.tasks.edit_messages"
    assert slack.only()["text"].startswith("[Resolved] ")
    assert Notification.objects.get().shown_run is None


def test_a_message_that_was_sent_too_late_is_changed_too(slack, page, room, person) -> None:
    slack.trouble.append(as_json({}, 503))
    fired = page("slack", "U0ALICE01")
    services.acknowledge(fired, by=person("Bob"), source=Source.CONSOLE, now=MONDAY + timedelta(seconds=5))
    Notification.objects.update(status="sent", due_at=None, reference="DALICE:1", shown_run=1)
    slack.messages["DALICE:1"] = {}
    room.tick()
    assert (OrmQ.objects.count(), tasks.edit_messages(fired.pk)) == (1, 1)
    assert slack.only()["text"].startswith("[Acknowledged] ")


def test_saying_no_takes_the_buttons_off_that_message_only(slack, page, client) -> None:
    fired = page("slack", "U0ALICE01")
    press_slack(client, slack, "reject")
    assert OrmQ.objects.count() == 1
    assert tasks.edit_messages(fired.pk) == 1
    assert "You said that it is not for you" in slack.only()["blocks"][0]["text"]["text"]


def test_a_callback_that_comes_twice_does_nothing_more(slack, page, client) -> None:
    fired = page("slack", "U0ALICE01")
    press = slack.press("acknowledge", member="U0ALICE01", at=PRESSED_AT)
    assert [client.post("/hooks/slack", **press).status_code for _ in range(2)] == [200, 200]
    fired.refresh_from_db()
    assert (fired.status, fired.run) == ("acknowledged", 2)
    assert list(Reply.objects.values_list("took_effect", flat=True)) == [True, False]
    assert LogEntry.objects.filter(alert=fired, source=Source.CHAT).count() == 1


def test_a_late_press_says_who_was_faster(telegram, page, client, person) -> None:
    fired = page("telegram", "4711")
    services.acknowledge(fired, by=person("Bob"), source=Source.CONSOLE, now=MONDAY + timedelta(seconds=20))
    answer = press_telegram(client, telegram.press("Acknowledge", chat=4711)).json()
    assert answer["text"] == "Bob acknowledged this 40 s ago."


def test_slack_must_have_signed_just_now(slack, page, client) -> None:
    fired = page("slack", "U0ALICE01")
    forged = [
        press_slack(client, slack, secret="another"),
        press_slack(client, slack, at=PRESSED_AT - 301),
        press_slack(client, slack, at=PRESSED_AT + 301),
    ]
    unsigned = slack.press("acknowledge", member="U0ALICE01", at=PRESSED_AT)
    forged.append(client.post("/hooks/slack", **unsigned | {"headers": {}}))
    assert [response.status_code for response in forged] == [403] * 4
    assert status_of(fired) == "open"


def test_nothing_is_believed_while_slack_has_no_signing_secret(slack, page, client, settings) -> None:
    fired = page("slack", "U0ALICE01")
    settings.SLACK_SIGNING_SECRET = ""
    assert press_slack(client, slack, secret="").status_code == 403
    assert status_of(fired) == "open"


def test_a_button_with_a_changed_token_is_refused(slack, page, client) -> None:
    fired = page("slack", "U0ALICE01")
    button = slack.buttons()[0]
    changed = button | {"value": button["value"][:-1] + ("0" if button["value"][-1] != "0" else "1")}
    press = signed_press(changed, member="U0ALICE01", at=PRESSED_AT, secret=live.SLACK_SIGNING_SECRET)
    assert client.post("/hooks/slack", **press).status_code == 403
    assert status_of(fired) == "open"


@pytest.mark.parametrize("secret", ["", "guessed"])
def test_telegram_must_know_the_secret(telegram, page, client, secret) -> None:
    fired = page("telegram", "4711")
    assert press_telegram(client, telegram.press("Acknowledge", chat=4711), secret).status_code == 403
    assert status_of(fired) == "open"


def test_a_forged_mattermost_token_is_refused(mattermost, page, client) -> None:
    fired = page("mattermost", "@alice")
    body = mattermost.press("acknowledge", user="a" * 26)
    body["context"] = {**body["context"], "token": "1.ffffffff." + "0" * 32}
    assert press_mattermost(client, body).status_code == 403
    assert status_of(fired) == "open"


def test_somebody_elses_button_is_refused(slack, telegram, mattermost, page, client) -> None:
    fired = page("slack", "U0ALICE01")
    assert press_slack(client, slack, member="U0BOB0001").status_code == 403
    token = slack.buttons()[0]["value"]
    query = {"id": "q", "from": {"id": 4711}, "data": f"ack:{token}"}
    assert press_telegram(client, {"callback_query": query}).status_code == 403
    theirs = {"user_id": "U0ALICE01", "context": {"token": token, "verb": "acknowledge"}}
    assert press_mattermost(client, theirs).status_code == 403
    assert status_of(fired) == "open"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"callback_query": 7}', b'{"message": {"chat": 1}}'])
def test_strange_bodies_are_no_error_of_ours(telegram, client, db, body) -> None:
    secret = {"X-Telegram-Bot-Api-Secret-Token": codes.telegram_secret()}
    for hook in ("telegram", "mattermost", "slack"):
        response = client.post(f"/hooks/{hook}", body, content_type="application/json", headers=secret)
        is_message = hook == "telegram" and b"message" in body  # a chat's word is taken; it only says nothing to us
        assert response.status_code == (200 if is_message else 403)
    assert client.get("/hooks/telegram").status_code == 405


def test_a_rate_limit_passes_after_as_long_as_slack_asks(slack, page, room) -> None:
    slack.trouble.append(as_json({"ok": False, "error": "ratelimited"}, 429, **{"Retry-After": "37"}))
    page("slack", "U0ALICE01")
    row = Notification.objects.get()
    assert (row.status, row.due_at) == ("pending", MONDAY + timedelta(seconds=37))
    assert Attempt.objects.get().outcome == "retry"
    room.pass_time(timedelta(seconds=37))
    assert len(slack.messages) == 1
    assert Notification.objects.get().sent_at == MONDAY + timedelta(seconds=37)


def test_telegram_says_in_the_body_how_long_to_wait(telegram, page) -> None:
    telegram.trouble.append(as_json({"ok": False, "error_code": 429, "parameters": {"retry_after": 21}}, 429))
    page("telegram", "4711")
    assert Notification.objects.get().due_at == MONDAY + timedelta(seconds=21)


def test_a_provider_that_asks_for_an_hour_is_tried_again_after_five_minutes(slack, page) -> None:
    slack.trouble.append(as_json({}, 429, **{"Retry-After": "3600"}))
    page("slack", "U0ALICE01")
    assert Notification.objects.get().due_at == MONDAY + minutes(5)


def test_whom_slack_does_not_know_is_mailed_at_once(slack, page, room) -> None:
    page("slack", "U0NOBODY1")
    assert statuses() == [("U0NOBODY1", "failed"), ("alice@example.org", "sent")]
    assert Notification.objects.get(channel="slack").error == "channel_not_found"
    assert room.arrived == [(minutes(0), "alice@example.org")]


def test_a_chat_that_is_not_set_up_is_no_dead_end(page, room, settings) -> None:
    settings.SLACK_BOT_TOKEN = ""
    page("slack", "U0ALICE01")
    assert Notification.objects.get(channel="slack").error == "TOCSIN_SLACK_BOT_TOKEN is not set."
    assert room.arrived == [(minutes(0), "alice@example.org")]


def test_a_token_is_never_written_down(telegram, page, settings) -> None:
    settings.TELEGRAM_API_URL = "http://127.0.0.1:1"
    page("telegram", "4711")
    kept = [str(row) for model in (Notification, Attempt, LogEntry) for row in model.objects.values()]
    assert Attempt.objects.get().outcome == "retry"
    assert not [row for row in kept if telegram.token in row]


def test_the_secret_of_an_address_and_the_reply_link_are_never_written_down(page, sink, settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    host = sink.url.removeprefix("http://").removesuffix("/hook")
    page("gotify", ADDRESSES["gotify"].format(host=host))
    row = Notification.objects.get()
    assert row.status == "sent"
    assert sink.requests[0].path == "/message"
    kept = [str(row) for model in (Notification, Attempt, LogEntry) for row in model.objects.values()]
    assert not [row for row in kept if "AbCdEfGhIjKlMnO" in row]
    assert row.content is not None
    assert "/r/…" in row.content["text"]


def test_private_networks_are_kept_from_what_people_type(page, sink, room, settings) -> None:
    host = sink.url.removeprefix("http://").removesuffix("/hook")
    page("ntfy", f"http://{host}/alices-pages")
    assert sink.requests == []
    assert "private address" in Notification.objects.get(channel="ntfy").error
    assert room.arrived == [(minutes(0), "alice@example.org")]


def test_a_server_that_redirects_into_a_private_network_is_not_followed(page, sink, room, settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    sink.answers = [(307, {"Location": "http://127.0.0.2:9/"}, b"")]
    host = sink.url.removeprefix("http://").removesuffix("/hook")
    page("ntfy", f"http://{host}/alices-pages")
    assert "127.0.0.2" in Notification.objects.get(channel="ntfy").error
    assert room.arrived == [(minutes(0), "alice@example.org")]


def test_a_chat_that_hangs_never_delays_mail(room, person, alert, ask, settings, monkeypatch) -> None:
    """Six chat messages hang until all the mails are out; were they to fill the threads, no mail would ever go."""
    settings.SEND_THREADS = 4
    mailed, hung = threading.Event(), []

    class Hanging(type(registry.CHANNELS["slack"])):  # type: ignore[misc]  # the class of the real channel
        def missing(self) -> str:
            return ""

        def post(self, message: Any) -> Receipt:
            hung.append(mailed.wait(8))
            return Receipt("sent", "slack")

    monkeypatch.setitem(registry.CHANNELS, "slack", Hanging())
    real = room.channel.send

    def send(message: Any) -> Receipt:
        receipt: Receipt = real(message)
        if len(room.channel.mails) == 6:
            mailed.set()
        return receipt

    monkeypatch.setattr(room.channel, "send", send)
    for number in range(6):
        chatting = person(f"Chat{number}", addresses=[], rules=[Kind.SLACK])
        reachable(chatting, "slack", f"U0CHAT00{number}")
        ask(alert(f"chat {number}"), chatting)
    for number in range(6):
        ask(alert(f"mail {number}"), person(f"Mail{number}"))
    room.tick()
    assert hung == [True] * 6
    assert [status for _, status in statuses()] == ["sent"] * 12


def test_the_bot_answers_start_with_the_number_of_the_chat(telegram, client, db, settings) -> None:
    message = {"chat": {"id": 4711, "type": "private"}, "text": "/start"}
    answer = press_telegram(client, {"message": message}).json()
    assert (answer["method"], answer["chat_id"]) == ("sendMessage", 4711)
    assert "4711" in answer["text"]
    assert not ContactMethod.objects.exists()


def test_start_with_ones_own_word_makes_the_chat_a_verified_address(telegram, client, person, at) -> None:
    alice = person("Alice", addresses=[])
    at(MONDAY + minutes(5))
    word = codes.chat_token(alice, MONDAY)
    message = {"chat": {"id": 4711, "type": "private"}, "text": f"/start {word}"}
    for _ in range(2):
        assert "reaches Alice" in press_telegram(client, {"message": message}).json()["text"]
    method = ContactMethod.objects.get()
    assert (method.user, method.kind, method.address) == (alice, "telegram", "4711")
    assert method.verified_at == method.proven_at == MONDAY + minutes(5)


@pytest.mark.parametrize("spoil", [lambda word: word[:-1] + "x", lambda word: word.replace("-", "0-"), lambda _: "_"])
def test_a_forged_word_to_the_bot_makes_nothing(telegram, client, person, at, spoil) -> None:
    word = codes.chat_token(person("Alice", addresses=[]), MONDAY)
    at(MONDAY)
    message = {"chat": {"id": 4711, "type": "private"}, "text": f"/start {spoil(word)}"}
    press_telegram(client, {"message": message})
    assert not ContactMethod.objects.exists()


def test_a_word_to_the_bot_is_too_old_after_an_hour(person) -> None:
    alice = person("Alice")
    word = codes.chat_token(alice, MONDAY)
    assert codes.chat_user(word, MONDAY + timedelta(minutes=59, seconds=59)) == alice.pk
    assert codes.chat_user(word, MONDAY + timedelta(hours=1)) is None


def test_the_command_tells_telegram_where_buttons_lead(telegram, settings, capsys) -> None:
    settings.TOCSIN_BASE_URL = "https://tocsin.example.org"
    call_command("telegram_webhook")
    assert telegram.webhook["url"] == "https://tocsin.example.org/hooks/telegram"
    assert telegram.webhook["secret_token"] == codes.telegram_secret()
    settings.TELEGRAM_BOT_TOKEN = ""
    with pytest.raises(CommandError, match="TOCSIN_TELEGRAM_BOT_TOKEN"):
        call_command("telegram_webhook")
