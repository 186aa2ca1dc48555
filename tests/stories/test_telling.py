"""Who hears of a notice, when, and how often: once."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from paging.channels import registry
from paging.channels.base import SendError
from statuspage import clock, delivery
from statuspage.models import Publication, StatusPage, Subscriber
from statuspage.services import audience, notices, subscribers, updates
from tests import builders
from tests.conftest import m
from tests.fakes.http_sink import HttpSink
from tests.stories.publishing import Publishing

ALL = {"audience": "affected"}


@pytest.fixture
def story(db: None, settings: Any) -> Publishing:
    settings.EMAIL_CONFIGURED = True
    return Publishing()


def links(text: Any) -> list[str]:
    return re.findall(r"http://127\.0\.0\.1:8000(/\S+)", str(text))


def states() -> list[str]:
    return list(Publication.objects.order_by("pk").values_list("status", flat=True))


# --- publishing -----------------------------------------------------------------------------------------------------


def test_everybody_hears_of_a_notice_once_per_change(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    story.subscriber("ben@example.org")
    notice = story.incident(comment="We are **looking**.", **ALL)
    story.pass_time(m(1))
    story.change(notice, state="resolved", comment="Fixed.", **ALL)
    story.pass_time(m(1))
    first, last = "[Investigating] API is slow · Acme", "[Resolved] API is slow · Acme"
    people = ["ann@example.org", "ben@example.org"]
    assert sorted(story.mails) == sorted([(one, said) for one in people for said in (first, last)])
    text = mail.outbox[0].body
    assert "We are looking." in text
    assert notice.link in text
    assert states() == ["sent"] * 4


def test_nobody_is_told_of_what_is_not_to_be_published(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    notice = story.incident(comment="Quietly.")
    updates.add_update(notice, "Still quietly.", audience="nobody", by=story.ada, now=story.now)
    story.pass_time(m(60))
    assert Publication.objects.count() == 0


def test_a_change_without_a_comment_is_told_by_state_and_subject(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    story.incident(**ALL)
    story.pass_time(m(1))
    assert story.mails == [("ann@example.org", "[Investigating] API is slow · Acme")]


def test_who_is_told_follows_the_tree(story: Publishing) -> None:
    top = story.component("top")
    middle = story.component("middle", top)
    below = story.component("below", middle)
    beside = story.component("beside", top)
    for name, chosen in {"all": (), "top": (top,), "middle": (middle,), "below": (below,), "beside": (beside,)}.items():
        story.subscriber(f"{name}@example.org", *chosen)
    assert audience.count(story.page, [middle.pk])["email"] == 4
    story.incident(components=[middle.pk], **ALL)
    story.pass_time(m(1))
    assert {to.split("@")[0] for to, _ in story.mails} == {"all", "top", "middle", "below"}


@pytest.mark.parametrize(("told", "people"), [("everybody", 2), ("affected", 1), ("nobody", 0)])
def test_the_writer_chooses_who_is_told(story: Publishing, told: str, people: int) -> None:
    one, two = story.component("one"), story.component("two")
    story.subscriber("one@example.org", one)
    story.subscriber("two@example.org", two)
    assert audience.count(story.page, [one.pk], told)["email"] == people
    story.incident(components=[one.pk], audience=told)
    story.pass_time(m(1))
    assert len(story.mails) == people


def test_a_notice_without_components_concerns_everybody(story: Publishing) -> None:
    story.subscriber("one@example.org", story.component("one"))
    story.incident(**ALL)
    story.pass_time(m(1))
    assert len(story.mails) == 1


def test_what_the_schedule_does_is_told_when_the_plan_was(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    story.plan(m(10), m(30), **ALL)
    story.plan(m(10), m(30))
    story.pass_time(m(60))
    words = ["[Scheduled]", "[Underway]", "[Complete]"]
    assert [said.split()[0] for _, said in story.mails] == words


def test_a_large_audience_is_told_in_batches_each_once(story: Publishing, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(45):
        story.subscriber(f"{number}@example.org")
    monkeypatch.setattr("statuspage.automation.TOLD.limit", 8)
    monkeypatch.setattr("statuspage.automation.TOLD.most", 8)
    notice = story.incident(**ALL)
    story.pass_time(m(1))
    assert sorted(to for to, _ in story.mails) == sorted(f"{number}@example.org" for number in range(45))
    assert notice.changes.get().told == 45


def test_the_page_speaks_its_language_and_its_zone(story: Publishing) -> None:
    StatusPage.objects.update(locale="de", time_zone="Europe/Berlin")
    story.page.refresh_from_db()
    story.subscriber("ann@example.org")
    story.plan(m(60), m(30), **ALL)
    story.pass_time(m(1))
    assert "7. Januar 2030 11:00 (Europe/Berlin)" in mail.outbox[0].body


# --- at least once, and never twice ---------------------------------------------------------------------------------


def test_what_a_dead_process_had_leased_is_sent_by_the_next(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    story.incident(**ALL)
    clock.tick(story.now)
    lease = story.now + delivery.LEASE
    assert len(delivery.claim(story.now, lease)) == 1
    assert clock.deliver(lambda: story.now, pulse=lambda: None) == 0
    owner = Publication.objects.get().lease_owner
    assert clock.release(owner, story.now) == 1
    story.settle()
    assert len(story.mails) == 1
    assert Publication.objects.get().attempts_count == 2


def test_a_change_is_fanned_out_once_though_it_is_claimed_twice(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    notice = story.incident(**ALL)
    clock.tick(story.now)
    notice.changes.update(announce_at=story.now, cursor=0)
    story.settle()
    assert len(story.mails) == 1


def test_a_server_that_fails_is_tried_again_and_one_that_refuses_is_not(
    story: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = story.subscriber("ann@example.org")
    tries: list[timedelta] = []

    def send(message: Any) -> Any:
        tries.append(story.now - story.start)
        raise SendError("451 later" if len(tries) < 2 else "550 no such user", permanent=len(tries) >= 2)

    monkeypatch.setattr(registry.CHANNELS["email"], "send", send)
    story.incident(**ALL)
    story.pass_time(m(60))
    assert tries == [m(0), m(0.5)]
    row = Publication.objects.get()
    assert (row.status, row.error, row.due_at) == ("failed", "550 no such user", None)
    ann.refresh_from_db()
    assert ann.failing_since == story.start + m(0.5)


def test_who_unsubscribed_meanwhile_is_not_written_to(story: Publishing) -> None:
    ann = story.subscriber("ann@example.org")
    story.incident(**ALL)
    clock.tick(story.now)
    rows = delivery.claim(story.now, story.now + delivery.LEASE)
    assert len(rows) == 1
    subscribers.remove_subscriber(ann)
    Publication.objects.filter(pk=rows[0].pk).update(status="pending", due_at=story.now)
    story.settle()
    assert (story.mails, states()) == ([], ["stale"])
    assert Publication.objects.get().address == ""


def test_of_a_deleted_notice_nobody_hears_any_more(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    notice = story.incident(**ALL)
    clock.tick(story.now)
    notices.delete_notice(notice)
    story.settle()
    assert (story.mails, Publication.objects.count()) == ([], 0)


def test_of_a_deleted_comment_nobody_hears_any_more(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    notice = story.incident()
    row = updates.add_update(notice, "Oops.", audience="affected", by=story.ada, now=story.now)
    clock.tick(story.now)
    updates.delete_update(row, now=story.now)
    story.settle()
    assert (story.mails, states()) == ([], ["stale"])


def test_without_a_mail_server_messages_are_kept_and_never_called_sent(story: Publishing, settings: Any) -> None:
    settings.EMAIL_CONFIGURED = False
    story.subscriber("ann@example.org")
    story.incident(comment="Looking.", **ALL)
    story.pass_time(m(1))
    row = Publication.objects.get()
    assert (row.status, story.mails) == ("kept", [])
    assert "Looking." in (row.content or {})["text"]


# --- unsubscribing --------------------------------------------------------------------------------------------------


def test_one_click_ends_it(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    story.incident(**ALL)
    story.pass_time(m(1))
    headers: Any = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = links(headers["List-Unsubscribe"].strip("<>"))[0]
    assert path.startswith("/status/acme/unsubscribe/")
    client = Client()
    looked = client.get(path)
    assert (looked.status_code, Subscriber.objects.count()) == (200, 1)
    for _ in range(2):
        answer = client.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, Subscriber.objects.count()) == (200, 0)
        assert "You are unsubscribed" in answer.content.decode()
    story.incident("Another one", **ALL)
    story.pass_time(m(1))
    assert len(story.mails) == 1


def test_preferences_need_no_account(story: Publishing) -> None:
    one, two = story.component("one"), story.component("two")
    ann = story.subscriber("ann@example.org")
    story.incident(**ALL)
    story.pass_time(m(1))
    path = next(link for link in links(mail.outbox[0].body) if "/manage/" in link)
    client = Client()
    assert client.get(path).status_code == 200
    assert client.post(path, {"components": [two.pk]}).status_code == 200
    assert list(ann.components.all()) == [two]
    assert client.post(path, {"components": ["999999"]}).status_code == 422
    assert client.post(path, {"components": ["x"]}).status_code == 422
    assert list(ann.components.all()) == [two]
    story.incident("Other", components=[one.pk], **ALL)
    story.pass_time(m(1))
    assert len(story.mails) == 1
    assert not client.cookies


@pytest.mark.parametrize(
    ("path", "code"), [("subscribe/manage/{}", 200), ("unsubscribe/{}", 200), ("subscribe/confirm/{}", 410)]
)
def test_a_token_cannot_be_guessed_or_used_elsewhere(story: Publishing, path: str, code: int) -> None:
    ann = story.subscriber("ann@example.org")
    forged = f"{ann.pk:x}.manage.{ann.secret[:8]}.{'0' * 32}"
    answer = Client().post(f"/status/acme/{path.format(forged)}")
    assert answer.status_code == code
    assert Subscriber.objects.count() == 1


# --- subscribing by oneself -----------------------------------------------------------------------------------------


@pytest.fixture
def frozen(story: Publishing, monkeypatch: pytest.MonkeyPatch) -> Publishing:
    """The edges read the story's clock."""
    monkeypatch.setattr("statuspage.subscriptions.clock.now", lambda: story.now)
    return story


def ask(address: str, **more: Any) -> Any:
    return Client().post("/status/acme/subscribe", {"address": address, **more})


def test_an_address_is_confirmed_before_anything_is_sent_to_it(frozen: Publishing) -> None:
    assert ask("ann@example.org").status_code == 200
    frozen.incident(**ALL)
    frozen.pass_time(m(1))
    assert frozen.mails == [("ann@example.org", "Confirm your subscription: Acme")]
    assert "List-Unsubscribe" not in dict(mail.outbox[0].extra_headers or {})
    path = links(mail.outbox[0].body)[0]
    assert Client().get(path).status_code == 200
    assert Subscriber.objects.get().confirmed_at is None
    assert Client().post(path).status_code == 200
    assert Client().post(path).status_code == 200
    assert Subscriber.objects.get().confirmed_at == frozen.now
    frozen.incident("Second", **ALL)
    frozen.pass_time(m(1))
    assert frozen.mails[1:] == [("ann@example.org", "[Investigating] Second · Acme")]


def test_who_does_not_confirm_within_two_days_is_forgotten(frozen: Publishing) -> None:
    ask("ann@example.org")
    frozen.pass_time(timedelta(days=2) - timedelta(seconds=1))
    assert Subscriber.objects.count() == 1
    path = links(mail.outbox[0].body)[0]
    frozen.pass_time(timedelta(seconds=1))
    assert Subscriber.objects.count() == 0
    assert Client().post(path).status_code == 410


def test_the_answer_does_not_tell_whether_an_address_is_known(frozen: Publishing) -> None:
    frozen.subscriber("ann@example.org")
    known, unknown = ask("ann@example.org"), ask("eve@example.org")
    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    frozen.pass_time(m(1))
    assert sorted(frozen.mails) == [
        ("ann@example.org", "Your subscription: Acme"),
        ("eve@example.org", "Confirm your subscription: Acme"),
    ]


def test_an_address_is_left_in_peace_and_an_origin_is_slowed_down(frozen: Publishing) -> None:
    answers = [ask("ann@example.org").status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    frozen.pass_time(m(1))
    assert len(frozen.mails) == 2
    frozen.pass_time(m(60))
    assert ask("ann@example.org").status_code == 200


@pytest.mark.parametrize("address", ["", "nonsense", "a@b", "ann@example.org\r\nBcc: eve@example.org"])
def test_what_is_no_address_is_refused(frozen: Publishing, address: str) -> None:
    assert ask(address).status_code == 422
    assert Subscriber.objects.count() == 0


def test_a_private_page_takes_no_subscriptions(frozen: Publishing) -> None:
    StatusPage.objects.update(access="password")
    assert ask("ann@example.org").status_code == 404
    assert Subscriber.objects.count() == 0


def test_the_form_shows_what_can_be_followed(frozen: Publishing) -> None:
    frozen.component("Portal")
    answer = Client().get("/status/acme/subscribe/")
    assert answer.status_code == 200
    assert "Portal" in answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


# --- webhooks -------------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_and_knows_nothing_internal(story: Publishing, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    integration = builders.integration(name="Secret monitor")
    with HttpSink() as sink:
        row = subscribers.add_subscriber(story.page, {"webhook_url": f"{sink.url}/hook"}, now=story.now)
        notice = story.incident(comment="Looking.", **ALL)
        story.pass_time(m(1))
        [request] = sink.requests
    body = json.loads(request.body)
    assert body == {
        "event": "notice.created",
        "at": "2030-01-07T09:00:00.000Z",
        "page": {"id": story.page.page_id, "name": "Acme", "url": story.page.url},
        "notice": {
            "id": notice.pk,
            "type": "unplanned",
            "state": "investigating",
            "subject": "API is slow",
            "url": notice.link,
            "began_at": "2030-01-07T09:00:00.000Z",
            "ended_at": None,
            "begins_at": None,
            "ends_at": None,
            "components": [],
        },
        "text": "Looking.",
    }
    stamp, _, given = request.headers["X-Tocsin-Signature"].partition(",v1=")
    signed = f"{stamp.removeprefix('t=')}.{request.body.decode()}"
    assert hmac.new(row.secret.encode(), signed.encode(), hashlib.sha256).hexdigest() == given
    assert integration.name not in request.body.decode()
    assert story.ada.username not in request.body.decode()


def test_nothing_internal_reaches_a_mail(story: Publishing) -> None:
    story.subscriber("ann@example.org")
    door = builders.integration(name="Secret monitor")
    from alerts import services  # noqa: PLC0415

    body = {"alert_uid": "u", "title": "secret-host-17 is down", "state": "alerting"}
    alert = services.receive(door, body, now=story.now).alert
    draft = notices.Draft("API is slow", comment="Looking.", audience="affected")
    notices.open_for_alert(alert, story.page, draft, by=story.ada, now=story.now)
    story.pass_time(m(1))
    whole = str(mail.outbox[0].message())
    assert alert.notices.count() == 1
    for word in ("secret-host-17", "Secret monitor", "ada", alert.public_id):
        assert word not in whole
