"""What one rendering may spend: steps, text, time. Everything that can grow asks here first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from time import thread_time
from typing import Any

from jinja2.utils import Namespace

MAX_STEPS = 100_000  # turns of loops, calls and filters
MAX_TEXT = 16_000_000  # characters made on the way, also those not shown
MAX_WEIGHT = 4_000_000  # of a nested value that is compared, printed or filtered as a whole
MAX_SECONDS = 0.25  # of this thread's processor: a busy machine must not fail a good template
NODE_WEIGHT = 8
WORTH_A_LOOK = 10_000  # work of this size looks at the clock
_CLOCK_EVERY = 32

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
CONTAINERS: tuple[type, ...] = (dict, list, tuple, set, frozenset, *_VIEWS, Namespace)


class OverBudgetError(Exception):
    """The template would cost more than any honest one."""


class NeedsCopyError(Exception):
    """The template changes a value, so it must be given its own copy."""


class Budget:
    """The allowance of one rendering."""

    __slots__ = ("deadline", "now", "private", "room", "steps")

    def __init__(self, now: datetime, *, private: bool = False) -> None:
        self.now = now
        self.private = private
        self.steps = MAX_STEPS
        self.room = MAX_TEXT
        self.deadline = thread_time() + MAX_SECONDS

    def tick(self) -> None:
        """Take one step."""
        self.steps -= 1
        if self.steps < 0:
            raise OverBudgetError(f"the template takes more than {MAX_STEPS} steps")
        if not self.steps % _CLOCK_EVERY:
            self.look()

    def look(self) -> None:
        """Stop when the time is over."""
        if thread_time() > self.deadline:
            raise OverBudgetError(f"the template takes longer than {MAX_SECONDS} seconds")

    def left(self) -> float:
        """Return the seconds that are left, never quite none."""
        return max(self.deadline - thread_time(), 0.001)

    def charge(self, size: int) -> None:
        """Pay for that many characters, before they are made where possible."""
        self.room -= size
        if self.room < 0:
            raise OverBudgetError(f"the template makes more than {MAX_TEXT} characters of text")
        if size > WORTH_A_LOOK:
            self.look()

    def weigh(self, value: object, limit: int = MAX_WEIGHT) -> int:
        """Return about how many characters a value prints as, parts that are shared counted each time."""
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, CONTAINERS):
            return NODE_WEIGHT
        total = 0
        stack: list[Any] = [value]
        while stack:
            total += _open(stack.pop(), stack)
            if total > limit:
                raise OverBudgetError(f"the template handles a nested value of more than {limit} characters as a whole")
        if total > WORTH_A_LOOK:
            self.look()
        return total

    def weigh_all(self, values: Iterable[object], named: Mapping[str, object]) -> int:
        """Return the weight of all arguments of a call."""
        return sum(self.weigh(value) for value in (*values, *named.values()))


def _open(item: Any, stack: list[Any]) -> int:
    """Put the parts of an item on the stack and return its own weight."""
    if isinstance(item, (str, bytes)):
        return len(item) + 2
    parts: Any = ()
    if isinstance(item, Namespace):
        parts = item._Namespace__attrs.values()  # noqa: SLF001 - the only way in
    elif isinstance(item, dict):
        stack.extend(item)
        parts = item.values()
    elif isinstance(item, CONTAINERS):
        parts = item
    stack.extend(parts)
    return NODE_WEIGHT * (len(parts) + 1)
