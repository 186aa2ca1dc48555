"""A batch in one transaction; where a row spoils it, row by row, so that one bad row never blocks the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction

logger = logging.getLogger(__name__)
Row = TypeVar("Row")


def work(
    claim: Callable[[], Sequence[Row]],
    act: Callable[[Sequence[Row]], None],
    push_away: Callable[[Row, Exception], None],
) -> int:
    """Claim rows and act on all of them in one transaction; return how many.

    When that fails, act on each in a savepoint of its own and push the bad ones away. Raises OperationalError and
    InterfaceError: then it is the database that is in trouble, not a row.
    """
    try:
        with transaction.atomic():
            rows = claim()
            if rows:
                act(rows)
            return len(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.warning("a batch is done row by row", exc_info=error)
    with transaction.atomic():
        rows = claim()
        for row in rows:
            _one(row, act, push_away)
        return len(rows)


def _one(row: Row, act: Callable[[Sequence[Row]], None], push_away: Callable[[Row, Exception], None]) -> None:
    try:
        with transaction.atomic():
            act([row])
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("a row is pushed away")
        push_away(row, error)
