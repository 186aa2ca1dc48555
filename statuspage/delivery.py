"""One short round of messages to subscribers: lease, compose, send from threads, record.

Pages go first: nothing is begun while one is due, and pages are sent between the messages of a round that is under
way. Threads never touch the database."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from base.process import owner
from paging import clock as paging_clock
from paging.channels import registry
from paging.channels.base import Message, Receipt, SendError
from statuspage import messages
from statuspage.messages import Words
from statuspage.models import Publication, Subscriber

logger = logging.getLogger(__name__)
Status = Publication.Status

BATCH = 200
SUBMIT_SECONDS = 2.0
PULSE_SECONDS = 0.1
LEASE = timedelta(seconds=60)  # longer than a page's: pages are sent meanwhile
BACK_OFF = (30, 120, 600, 1800, 3600)  # seconds; nobody is woken by these
BEGUN_AT_MOST = 10
RELATED = ("page__custom_domain", "change__update", "change__notice__page__custom_domain")


@dataclass(slots=True)
class Round:
    """One call of `deliver`."""

    now_fn: Callable[[], datetime]
    pulse: Callable[[], None]
    pool: ThreadPoolExecutor
    lease: datetime
    waiting: deque[Publication]
    began: float = field(default_factory=time.monotonic)
    flights: dict[Future[Receipt | SendError], tuple[Publication, Message, float]] = field(default_factory=dict)
    words: dict[int, Words] = field(default_factory=dict)
    done: list[tuple[Publication, Message | None, Receipt | SendError]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it still begins messages."""
        return time.monotonic() - self.began < SUBMIT_SECONDS


def deliver(now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
    """Send what is due for a few seconds; return how many rows were due."""
    lease = now_fn() + LEASE
    rows = claim(now_fn(), lease)
    if not rows:
        return 0
    threads = max(1, settings.SEND_THREADS // 2)
    with ThreadPoolExecutor(threads, thread_name_prefix="publish") as pool:
        turn = Round(now_fn, pulse, pool, lease, deque(rows))
        while turn.flights or (turn.waiting and turn.is_open):
            _fill(turn, threads)
            _collect(turn)
            _record(turn)
            _let_pages_pass(turn)
        _give_back(turn)
        for name in ("email", "webhook"):
            registry.CHANNELS[name].rest()
    return len(rows)


def claim(now: datetime, lease: datetime) -> list[Publication]:
    """Lease due rows in one short transaction; end those whose subscriber is gone."""
    due = Publication.objects.filter(due_at__lte=now)
    if not due.exists():
        return []
    with transaction.atomic():
        rows = due.order_by("due_at", "pk").select_related("subscriber", *RELATED)
        found = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        gone = [row.pk for row in found if row.subscriber_id is None]
        _end(gone)
        kept = [row for row in found if row.subscriber_id is not None]
        Publication.objects.filter(pk__in=[row.pk for row in kept]).update(
            due_at=lease, lease_owner=owner(), attempts_count=F("attempts_count") + 1
        )
    for row in kept:
        row.attempts_count += 1
    return kept


def release(owner_prefix: str, now: datetime) -> int:
    """Make due again what owners that begin so have leased; return how many."""
    if not owner_prefix:
        return 0
    leased = Publication.objects.filter(due_at__gt=now, lease_owner__startswith=owner_prefix)
    return leased.update(due_at=now, lease_owner="")


def _end(pks: list[int]) -> None:
    if pks:
        Publication.objects.filter(pk__in=pks).update(status=Status.STALE, due_at=None, lease_owner="")


def _fill(turn: Round, threads: int) -> None:
    free = threads - len(turn.flights)
    if free <= 0 or not turn.waiting or not turn.is_open:
        return
    rows = [turn.waiting.popleft() for _ in range(min(free, len(turn.waiting)))]
    # Whoever unsubscribed since the rows were claimed is not written to any more.
    there = Subscriber.objects.select_related("page__custom_domain").in_bulk([row.subscriber_id or 0 for row in rows])
    wanted = set(
        Publication.objects.filter(pk__in=[row.pk for row in rows], status=Status.PENDING).values_list("pk", flat=True)
    )
    for row in rows:
        subscriber = there.get(row.subscriber_id or 0)
        if subscriber is None or row.pk not in wanted:
            _end([row.pk])
            continue
        message = _composed(turn, row, subscriber)
        if isinstance(message, SendError):
            turn.done.append((row, None, message))
            continue
        future = turn.pool.submit(_send, "email" if row.channel == "email" else "webhook", message)
        turn.flights[future] = (row, message, time.monotonic())


def _composed(turn: Round, row: Publication, subscriber: Subscriber) -> Message | SendError:
    if row.attempts_count > BEGUN_AT_MOST:
        return SendError(f"It was begun {BEGUN_AT_MOST} times and never ended.", permanent=True)
    try:
        words = _words(turn, row, subscriber)
        if row.channel == "email":
            return messages.mail(row, subscriber, words)
        return messages.call(row, subscriber, words, turn.now_fn())
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("a publication cannot be composed", extra={"publication": row.pk})
        return SendError(f"{type(error).__name__}: {error}"[:500], permanent=False)


def _words(turn: Round, row: Publication, subscriber: Subscriber) -> Words:
    if row.change is None:
        return messages.of_door(row, subscriber)
    if row.change_id not in turn.words:
        turn.words[row.change.pk] = messages.of_change(row.change)
    return turn.words[row.change.pk]


def _send(channel: str, message: Message) -> Receipt | SendError:
    """Send, in a thread: no database here."""
    try:
        return registry.find(channel).send(message)
    except SendError as refused:
        return refused
    except Exception as error:
        logger.exception("a channel failed", extra={"channel": channel})
        return SendError(f"{type(error).__name__}: {error}"[:500], permanent=False)


def _collect(turn: Round) -> None:
    done, _ = wait(turn.flights, timeout=PULSE_SECONDS, return_when=FIRST_COMPLETED)
    for future in done:
        row, message, _ = turn.flights.pop(future)
        turn.done.append((row, message, future.result()))


def _let_pages_pass(turn: Round) -> None:
    """Do due steps, and send pages that are due, before anything more is published."""
    turn.pulse()
    due = paging_clock.next_due()
    if due is not None and due <= turn.now_fn():
        paging_clock.deliver(turn.now_fn, pulse=turn.pulse)


def _record(turn: Round) -> None:
    if not turn.done:
        return
    now = turn.now_fn()
    with transaction.atomic():
        pks = [row.pk for row, _, _ in turn.done]
        held = Publication.objects.filter(pk__in=pks, lease_owner=owner(), due_at=turn.lease).select_for_update()
        ours = set(held.values_list("pk", flat=True))
        for row, message, result in turn.done:
            if row.pk in ours:
                _write(row, message, result, now)
    turn.done.clear()


def _write(row: Publication, message: Message | None, result: Receipt | SendError, now: datetime) -> None:
    rows = Publication.objects.filter(pk=row.pk)
    people = Subscriber.objects.filter(publications=row)
    if isinstance(result, Receipt):
        kept = message.content() if message is not None and result.outcome == "kept" else None
        status = Status.KEPT if result.outcome == "kept" else Status.SENT
        rows.update(status=status, due_at=None, sent_at=now, lease_owner="", error="", content=kept)
        people.filter(failing_since__isnull=False).update(failing_since=None)
        return
    text = result.answer.replace("\x00", "")
    if result.permanent or row.attempts_count > len(BACK_OFF):
        rows.update(status=Status.FAILED, due_at=None, lease_owner="", error=text)
        people.filter(failing_since=None).update(failing_since=now)
        return
    again = now + timedelta(seconds=BACK_OFF[row.attempts_count - 1])
    rows.update(due_at=again, lease_owner="", error=text)


def _give_back(turn: Round) -> None:
    """Make rows due again that were never begun."""
    pks: Iterable[int] = [row.pk for row in turn.waiting]
    if pks:
        ours = Publication.objects.filter(pk__in=pks, lease_owner=owner(), due_at=turn.lease)
        ours.update(due_at=turn.now_fn(), lease_owner="", attempts_count=F("attempts_count") - 1)
