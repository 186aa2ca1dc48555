"""What somebody on call would say about being paged."""

from __future__ import annotations

from datetime import timedelta

from alerts import services
from alerts.models import Assignment, LogEntry, Source
from oncall.models import ContactMethod, User
from paging import clock, leases
from paging.channels.base import SendError
from paging.models import Attempt, Notification, Reply
from tests.paging.conftest import MONDAY, minutes, statuses

Status = Notification.Status
ZERO = timedelta(0)


def refused(answer: str = "550 no such user") -> SendError:
    return SendError(answer, permanent=True, provider="fake")


def busy() -> SendError:
    return SendError("421 try again later", permanent=False, provider="fake")


def log(kind: str) -> list[str]:
    return list(LogEntry.objects.filter(kind=kind).order_by("pk").values_list("text", flat=True))


def test_alice_is_told_at_once_and_again_exactly_when_her_rules_say(room, person, alert, ask):
    ask(alert(), person("Alice", rules=["notify_by_email", 5, "notify_by_email", 10, "notify_by_email"]))
    room.pass_time(minutes(60))
    alice = "alice@example.org"
    assert room.arrived == [(ZERO, alice), (minutes(5), alice), (minutes(15), alice)]


def test_an_assignment_says_when_its_last_rule_runs(room, person, alert, ask):
    asked = ask(alert(), person("Alice", rules=["notify_by_email", 5, "notify_by_email", 10]))
    room.tick()
    asked.refresh_from_db()
    assert (asked.due_at, asked.ends_at) == (None, MONDAY + minutes(15))


def test_nothing_is_sent_before_it_is_due(room, person, alert, ask):
    ask(alert(), person("Alice"), at=MONDAY + minutes(1))
    room.pass_time(timedelta(seconds=59))
    assert room.arrived == []
    room.pass_time(timedelta(seconds=1))
    room.tick()
    assert room.arrived == [(minutes(1), "alice@example.org")]


def test_an_alert_that_was_acknowledged_before_it_is_due_rings_no_more(room, person, alert, ask):
    bob = person("Bob", rules=["notify_by_email", 5, "notify_by_email"])
    fired = alert()
    ask(fired, bob)
    room.pass_time(minutes(4))
    services.acknowledge(fired, by=bob, source=Source.LINK, now=room.now)
    room.pass_time(minutes(60))
    assert room.arrived == [(ZERO, "bob@example.org")]
    assert statuses() == [("bob@example.org", "sent"), ("bob@example.org", "stale")]


def test_acknowledge_and_unacknowledge_within_a_wait_never_ring_from_the_old_run(room, person, alert, ask):
    bob = person("Bob", rules=["notify_by_email", 5, "notify_by_email"])
    fired = alert()
    ask(fired, bob)
    room.tick()
    services.acknowledge(fired, by=bob, source=Source.LINK, now=room.now)
    services.unacknowledge(fired, by=bob, source=Source.LINK, now=room.now)
    room.pass_time(minutes(60))
    assert room.arrived == [(ZERO, "bob@example.org")]


def test_who_said_not_me_is_not_told_again(room, person, alert, ask):
    bob = person("Bob", rules=["notify_by_email", 5, "notify_by_email"])
    fired = alert()
    ask(fired, bob)
    ask(fired, person("Carol"))
    room.tick()
    services.reject(fired, by=bob, source=Source.LINK, now=room.now)
    room.pass_time(minutes(60))
    assert [to for at, to in room.arrived if at > ZERO] == []


def test_an_assignment_of_an_older_run_asks_nobody(room, person, alert, ask):
    fired, bob = alert(), person("Bob")
    asked = ask(fired, bob)
    services.acknowledge(fired, by=None, source=Source.LINK, now=MONDAY)
    Assignment.objects.filter(pk=asked.pk).update(due_at=MONDAY, answer="")
    room.tick()
    assert statuses() == []


def test_a_mail_server_that_is_busy_once_gets_the_mail_five_seconds_later(room, person, alert, ask):
    room.channel.failures["alice@example.org"] = [busy()]
    ask(alert(), person("Alice"))
    room.pass_time(minutes(1))
    assert room.arrived == [(timedelta(seconds=5), "alice@example.org")]
    tries = Attempt.objects.values_list("number", "outcome", "answer", "at")
    assert list(tries) == [
        (1, "retry", "421 try again later", MONDAY),
        (2, "sent", "250 taken", MONDAY + timedelta(seconds=5)),
    ]


def test_an_address_that_is_refused_falls_back_to_the_next_one_at_once(room, person, alert, ask):
    room.channel.for_ever["old@example.org"] = refused()
    ask(alert(), person("Alice", addresses=["old@example.org", "new@example.org"]))
    room.tick()
    assert room.arrived == [(ZERO, "new@example.org")]
    first, second = Notification.objects.order_by("pk")
    assert (first.status, first.error, second.fallback_of) == ("failed", "550 no such user", first)
    assert log("fell_back") == ["Alice by email at old@example.org failed: email at new@example.org is tried at once."]


def test_an_address_that_is_told_at_that_moment_anyway_is_not_told_twice(room, person, alert, ask):
    room.channel.for_ever["a@example.org"] = refused()
    ask(alert(), person("Alice", addresses=["a@example.org", "b@example.org"], rules=[]))
    room.tick()
    assert room.arrived == [(ZERO, "b@example.org")]
    assert statuses() == [("a@example.org", "failed"), ("b@example.org", "sent")]


def test_when_every_address_is_refused_the_escalation_moves_on_at_once(room, person, alert, ask):
    room.channel.for_ever = {"a@example.org": refused(), "b@example.org": refused()}
    asked = ask(alert(), person("Alice", addresses=["a@example.org", "b@example.org"]))
    room.tick()
    asked.refresh_from_db()
    assert statuses() == [("a@example.org", "failed"), ("b@example.org", "failed")]
    assert log("unreachable") == ["Alice by email at b@example.org failed: there is no other way to reach them."]
    assert (asked.answer, asked.answered_at) == ("closed", MONDAY)


def test_a_server_that_stays_busy_is_given_up_and_the_next_address_is_tried(room, person, alert, ask):
    room.channel.for_ever["a@example.org"] = busy()
    ask(alert(), person("Alice", addresses=["a@example.org", "b@example.org"]))
    room.pass_time(minutes(60))
    waits = sum(room.channel.back_off)
    assert room.arrived == [(timedelta(seconds=waits), "b@example.org")]
    assert Attempt.objects.filter(outcome="retry").count() == len(room.channel.back_off)
    assert Attempt.objects.filter(outcome="failed").count() == 1


def test_retries_end_when_the_alert_does(room, person, alert, ask):
    room.channel.for_ever["alice@example.org"] = busy()
    fired = alert()
    ask(fired, person("Alice"))
    room.pass_time(minutes(1))
    services.resolve(fired, by=None, source=Source.MONITOR, now=room.now)
    room.pass_time(minutes(60))
    assert statuses() == [("alice@example.org", "stale")]


def test_a_worker_that_dies_between_claim_and_send_gives_the_page_back(room, person, alert, ask, monkeypatch):
    ask(alert(), person("Alice"))
    clock.tick(room.now)
    monkeypatch.setenv("TOCSIN_OWNER", "host:1:7")
    assert len(leases.claim(room.now, limit=10).rows) == 1
    monkeypatch.setenv("TOCSIN_OWNER", "host:1:8")
    room.tick()
    assert room.arrived == []  # the lease of the dead still holds
    assert clock.release("host:1:7", room.now) == 1
    room.tick()
    assert room.arrived == [(ZERO, "alice@example.org")]
    assert Notification.objects.get().attempts_count == 2


def test_a_lease_that_nobody_gives_back_runs_out_after_fifteen_seconds(room, person, alert, ask, monkeypatch):
    ask(alert(), person("Alice"))
    clock.tick(room.now)
    monkeypatch.setenv("TOCSIN_OWNER", "host:1:7")
    leases.claim(room.now, limit=10)
    monkeypatch.setenv("TOCSIN_OWNER", "host:1:8")
    room.pass_time(minutes(1))
    assert room.arrived == [(timedelta(seconds=15), "alice@example.org")]


def test_releasing_one_owner_leaves_back_offs_and_other_owners_alone(room, person, alert, ask, monkeypatch):
    room.channel.failures["alice@example.org"] = [busy()]
    ask(alert(), person("Alice"))
    room.tick()
    assert clock.release("host", room.now) == 0
    assert clock.release("", room.now) == 0
    assert Notification.objects.get().due_at == MONDAY + timedelta(seconds=5)


def test_a_message_is_still_sent_where_the_address_was_removed_meanwhile(room, person, alert, ask):
    alice = person("Alice", rules=["notify_by_email", 5, "notify_by_email"])
    ask(alert(), alice)
    room.tick()
    ContactMethod.objects.filter(user=alice).delete()
    room.pass_time(minutes(5))
    room.tick()
    assert room.arrived == [(ZERO, "alice@example.org"), (minutes(5), "alice@example.org")]


def test_a_person_without_any_address_is_said_to_be_unreachable_and_the_escalation_moves_on(room, person, alert, ask):
    asked = ask(alert(), person("Alice", addresses=[]))
    room.tick()
    asked.refresh_from_db()
    assert log("unreachable") == ["Alice has no verified contact method."]
    assert (asked.due_at, asked.answer) == (None, "closed")


def test_a_viewer_is_not_asked_and_that_is_said(room, person, alert, ask):
    ask(alert(), person("Vera", role=User.Role.VIEWER))
    room.tick()
    assert statuses() == []
    assert log("unreachable") == ["Vera may not be asked: Viewer: reads, and is never asked to take an alert."]


def test_who_left_is_not_asked_and_that_is_said(room, person, alert, ask):
    ask(alert(), person("Vera", is_active=False))
    room.tick()
    assert log("unreachable") == ["Vera is not active any more."]


def test_two_alerts_at_once_are_two_mails(room, person, alert, ask):
    alice = person("Alice")
    ask(alert("First"), alice)
    ask(alert("Second"), alice)
    room.tick()
    assert sorted(mail.subject for mail in room.channel.mails) == ["[Firing] First", "[Firing] Second"]


def test_two_plans_for_the_same_person_within_a_minute_send_one_mail(room, person, alert, ask):
    alice, fired = person("Alice", rules=["notify_by_email", 5, "notify_by_email"]), alert()
    ask(fired, alice)
    room.tick()
    ask(fired, alice, at=MONDAY + timedelta(seconds=59))
    room.pass_time(minutes(60))
    alices = "alice@example.org"
    assert room.arrived == [(ZERO, alices), (minutes(5), alices)]
    assert [status for _, status in statuses()] == ["sent", "sent", "skipped", "skipped"]
    assert len(log("overlap")) == 2


def test_plans_a_minute_apart_both_ring(room, person, alert, ask):
    alice, fired = person("Alice"), alert()
    ask(fired, alice)
    room.tick()
    ask(fired, alice, at=MONDAY + minutes(1))
    room.pass_time(minutes(2))
    assert room.arrived == [(ZERO, "alice@example.org"), (minutes(1), "alice@example.org")]


def test_after_a_day_of_downtime_one_mail_comes_and_not_a_burst(room, person, alert, ask):
    ask(alert(), person("Alice", rules=["notify_by_email", 5, "notify_by_email", 5, "notify_by_email"]))
    room.tick()
    room.now = MONDAY + timedelta(days=1)
    room.tick()
    assert room.arrived == [(ZERO, "alice@example.org"), (timedelta(days=1), "alice@example.org")]
    assert [status for _, status in statuses()] == ["sent", "skipped", "sent"]


def test_without_a_mail_server_the_message_is_kept_in_full_and_never_called_sent(room, person, alert, ask, settings):
    settings.EMAIL_CONFIGURED = False
    ask(alert(), person("Alice"))
    room.tick()
    kept = Notification.objects.get()
    assert kept.content is not None
    assert (kept.status, sorted(kept.content)) == ("kept", ["html", "subject", "text"])
    assert "http://127.0.0.1:8000/r/" in kept.content["text"]
    assert room.channel.mails == []


def test_sample_people_never_reach_a_mail_server(room, person, alert, ask):
    ask(alert(), person("Sam", is_sample=True))
    room.tick()
    assert statuses() == [("sam@example.org", "kept")]
    assert room.channel.mails == []


def test_what_was_sent_is_remembered_without_the_secret_of_its_link(room, person, alert, ask):
    ask(alert(), person("Alice"))
    room.tick()
    content = Notification.objects.get().content or {}
    assert content["subject"] == "[Firing] DiskFull (eu-7): disk /var is 97 % full"
    assert "http://127.0.0.1:8000/r/…" in content["text"]
    assert Reply.objects.count() == 0


def test_a_row_that_spoils_its_batch_is_pushed_away_and_the_others_go_out(room, person, alert, ask, monkeypatch):
    from paging import reach  # noqa: PLC0415

    real = reach.plan

    def spoiled(name, **known):
        if name == "Bad":
            raise ValueError("rules nobody foresaw")
        return real(name, **known)

    monkeypatch.setattr(reach, "plan", spoiled)
    fired = alert()
    bad = ask(fired, person("Bad"))
    ask(fired, person("Alice"))
    room.tick()
    bad.refresh_from_db()
    assert room.arrived == [(ZERO, "alice@example.org")]
    assert bad.due_at == MONDAY + timedelta(seconds=30)
    assert log("step_failed") == ["Bad could not be told: ValueError: rules nobody foresaw"]
