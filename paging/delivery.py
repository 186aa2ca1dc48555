"""One round of sends: lease rows, compose here, send from threads, record as they end (house.md section 4).

Threads never touch the database. A round submits for a few seconds only and gives back what it did not get to, so that
it ends within its lease and within the time that a task may take.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from base import faults
from paging import leases, outcomes
from paging.channels import registry
from paging.channels.base import Channel, Message, Receipt, SendError
from paging.models import Notification
from paging.outcomes import Tried

logger = logging.getLogger(__name__)

BATCH = 100
SUBMIT_SECONDS = 4.0  # LEASE_SECONDS must exceed this plus PROVIDER_TIMEOUT
PULSE_SECONDS = 0.2
BEGUN_AT_MOST = 30  # a message that ends its process every time is given up


@dataclass(slots=True)
class Flight:
    """One message on its way."""

    row: Notification
    message: Message
    lease: datetime
    began: float


@dataclass(slots=True)
class Round:
    """One call of `deliver`."""

    now_fn: Callable[[], datetime]
    pulse: Callable[[], None]
    pool: ThreadPoolExecutor
    began: float = field(default_factory=time.monotonic)
    pulsed: float = field(default_factory=time.monotonic)
    waiting: deque[tuple[Notification, datetime]] = field(default_factory=deque)
    flights: dict[Future[Tried], Flight] = field(default_factory=dict)
    abandoned: set[Future[Tried]] = field(default_factory=set)
    unrecorded: list[tuple[Tried, datetime]] = field(default_factory=list)
    error: Exception | None = None
    claimed: int = 0
    more: bool = False  # rows may be due that nobody has claimed

    @property
    def is_open(self) -> bool:
        """Whether it still takes on messages."""
        return self.error is None and time.monotonic() - self.began < SUBMIT_SECONDS


def deliver(now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
    """Send what is due, call `pulse` about every 0.2 s meanwhile; return how many rows were due.

    Raises the first database error, after what is on its way has been waited for."""
    first = leases.claim(now_fn(), limit=BATCH)
    if not first.rows:
        return first.due
    faults.point("claimed")
    pool = ThreadPoolExecutor(settings.SEND_THREADS, thread_name_prefix="send")
    turn = Round(now_fn, pulse, pool, claimed=first.due, more=first.due >= BATCH)
    turn.waiting.extend((row, first.lease) for row in first.rows)
    try:
        _run(turn)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if not turn.more:
            _rest()
    if turn.error:
        raise turn.error
    return turn.claimed


def _run(turn: Round) -> None:
    while turn.flights or (turn.waiting and turn.is_open) or turn.unrecorded:
        if turn.is_open:
            _guarded(turn, lambda: _feed(turn))
        _collect(turn)
        _guarded(turn, lambda: _record(turn))
        if turn.error and not turn.flights:
            break
        _guarded(turn, lambda: _pulse(turn))
    if turn.unrecorded:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _record(turn)  # the database may be back: what went out must not go out twice
    if turn.waiting:
        turn.more = True
        _give_back(turn)


def _guarded(turn: Round, step: Callable[[], None]) -> None:
    """Stop taking on messages at the first database error; what is on its way is still waited for."""
    if turn.error:
        return
    try:
        step()
    except (DatabaseError, InterfaceError) as error:
        turn.error = error


def _feed(turn: Round) -> None:
    """Submit only as many as there are threads; when some are idle, take what else is due."""
    _fill(turn)
    if turn.more and _free(turn) > 0:
        full = {row.channel for row, _ in turn.waiting}  # no thread may take these now
        found = leases.claim(turn.now_fn(), limit=BATCH, without=full)
        turn.waiting.extend((row, found.lease) for row in found.rows)
        turn.claimed += found.due
        turn.more = found.due >= BATCH
        _fill(turn)


def _fill(turn: Round) -> None:
    skipped: list[tuple[Notification, datetime]] = []
    while turn.waiting and _free(turn) > 0:
        row, lease = turn.waiting.popleft()
        if _has_room(turn, row.channel):
            _submit(turn, row, lease)
        else:
            skipped.append((row, lease))
    turn.waiting.extendleft(reversed(skipped))


def _free(turn: Round) -> int:
    stuck = sum(1 for future in turn.abandoned if not future.done())
    return settings.SEND_THREADS - len(turn.flights) - stuck


def _has_room(turn: Round, name: str) -> bool:
    channel = registry.CHANNELS.get(name)
    if channel is None or channel.share >= 1:
        return True
    used = sum(1 for flight in turn.flights.values() if flight.row.channel == name)
    return used < max(1, int(settings.SEND_THREADS * channel.share))


def _submit(turn: Round, row: Notification, lease: datetime) -> None:
    composed = _compose(turn, row)
    if isinstance(composed, SendError):
        turn.unrecorded.append((Tried(row, None, composed, timedelta(0)), lease))
    else:
        future = turn.pool.submit(_try, registry.find(row.channel), row, composed)
        turn.flights[future] = Flight(row, composed, lease, time.monotonic())
        faults.flying(1)


def _compose(turn: Round, row: Notification) -> Message | SendError:
    if row.attempts_count > BEGUN_AT_MOST:
        return SendError(f"It was begun {BEGUN_AT_MOST} times and never ended.", permanent=True)
    try:
        message: Message = registry.find(row.channel).compose(row, now=turn.now_fn())
    except SendError as refused:
        return refused
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("a message cannot be composed", extra={"notification": row.pk})
        return SendError(f"{type(error).__name__}: {error}"[:500], permanent=False)
    return message


def _try(channel: Channel[Message], row: Notification, message: Message) -> Tried:
    """Send, in a thread: no database here."""
    began = time.monotonic()
    result: Receipt | SendError
    faults.point("before-send")
    try:
        result = channel.send(message)
        faults.point("sent")
    except SendError as refused:
        result = refused
    except Exception as error:
        logger.exception("a channel failed", extra={"channel": row.channel})
        result = SendError(f"{type(error).__name__}: {error}"[:500], permanent=False)
    return Tried(row, message, result, timedelta(seconds=time.monotonic() - began))


def _collect(turn: Round) -> None:
    """Wait for the next end, at most until the next pulse, and give up on those that take too long."""
    if not turn.flights:
        return
    left = max(0.0, PULSE_SECONDS - (time.monotonic() - turn.pulsed))
    done, _ = wait(turn.flights, timeout=left, return_when=FIRST_COMPLETED)
    for future in done:
        turn.unrecorded.append((future.result(), turn.flights.pop(future).lease))
    limit = time.monotonic() - settings.PROVIDER_TIMEOUT
    for future in [future for future, flight in turn.flights.items() if flight.began < limit]:
        flight = turn.flights.pop(future)
        turn.abandoned.add(future)
        took = timedelta(seconds=settings.PROVIDER_TIMEOUT)
        refused = SendError(f"No answer within {settings.PROVIDER_TIMEOUT} s.", permanent=False)
        turn.unrecorded.append((Tried(flight.row, flight.message, refused, took), flight.lease))


def _record(turn: Round) -> None:
    """Write down everything that has ended since the last time, together."""
    by_lease: dict[datetime, list[Tried]] = {}
    for tried, lease in turn.unrecorded:
        by_lease.setdefault(lease, []).append(tried)
    for lease, several in by_lease.items():
        _record_some(several, lease, turn.now_fn())
        turn.unrecorded = [entry for entry in turn.unrecorded if entry[1] != lease]
        faults.flying(-len(several))
        faults.point("marked")


def _record_some(several: list[Tried], lease: datetime, now: datetime) -> None:
    """Where one spoils it for all, write down each by itself; that one is leased until it has been begun too often."""
    try:
        outcomes.record(several, lease=lease, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("the outcome of a send cannot be recorded", extra={"notifications": len(several)})
        if len(several) > 1:
            for one in several:
                _record_some([one], lease, now)


def _pulse(turn: Round) -> None:
    if time.monotonic() - turn.pulsed >= PULSE_SECONDS:
        turn.pulse()
        turn.pulsed = time.monotonic()
        turn.more = True  # what the steps made due need not wait for a slow provider


def _give_back(turn: Round) -> None:
    by_lease: dict[datetime, list[Notification]] = {}
    for row, lease in turn.waiting:
        by_lease.setdefault(lease, []).append(row)
    for lease, rows in by_lease.items():
        leases.give_back(rows, lease, turn.now_fn())


def _rest() -> None:
    for channel in registry.CHANNELS.values():
        channel.rest()
