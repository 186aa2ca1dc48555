"""Regular expressions written by users: bounded when compiled and when matched.

Matching has a time-out. Compiling has none and unrolls counted repeats, so `((a{1000}){1000}){1000}` would take all the
memory there is: such a pattern is refused by its text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import regex

MAX_PATTERN = 5_000  # characters
MAX_UNROLLED = 50_000  # atoms
# Comments, free spacing and nested sets hide brackets from the reader below.
_HIDES_BRACKETS = re.compile(r"\(\?[^:)=!<>]*[xV#]")
# Patterns that call themselves fill the memory faster than the time-out strikes. The standard library has none either.
_CALLS_ITSELF = re.compile(r"(?<!\\)\(\?(?:R|[+-]?\d|&|P>)")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,\d*)?\}|[()]|.", re.DOTALL)


class PatternError(ValueError):
    """The expression cannot be used; its text says why."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Any:
    """Return the compiled expression, or raise PatternError. Give each use of it a `timeout`."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"a regular expression may have {MAX_PATTERN} characters")
    if _CALLS_ITSELF.search(pattern):
        raise PatternError("a regular expression must not call itself")
    if _unrolled(pattern) > MAX_UNROLLED:
        raise PatternError("the regular expression repeats too much")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise PatternError(str(error)) from error
    except (RecursionError, MemoryError, OverflowError, ValueError, KeyError, IndexError, TypeError) as error:
        raise PatternError("the regular expression cannot be compiled") from error


def _unrolled(pattern: str) -> int:
    """Return an upper bound for the atoms that compiling makes of a pattern."""
    if _HIDES_BRACKETS.search(pattern):
        total = len(pattern)
        for count in re.findall(r"\{(\d+)", pattern):
            total *= _count(count)
        return total
    sums = [0]  # of each open group
    last = 0  # the atom that a count would repeat
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if token.group(1) is not None:
            sums[-1] += last * (_count(token.group(1)) - 1)
            last *= _count(token.group(1))
            continue
        if text == "(":
            sums.append(0)
            last = 1
            continue
        last = sums.pop() + 1 if text == ")" and len(sums) > 1 else 1
        sums[-1] += last
    return sum(sums)


def _count(digits: str) -> int:
    return max(int(digits[:9]), 1)
