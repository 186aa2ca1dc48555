"""Starting, and being stopped before that is done."""

from __future__ import annotations

import signal
import time

import pytest

from bench.procs import tree
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(databases=[])]


@pytest.mark.parametrize("after", [1.5, 2.5])
def test_a_stop_while_it_still_starts_leaves_nothing_behind(installation: Installation, after: float) -> None:
    process = installation.start()
    time.sleep(after)
    family = tree(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    time.sleep(0.2)
    assert [pid for pid in family if len(tree(pid)) and alive(pid)] == []


def alive(pid: int) -> bool:
    """Tell whether the process is there and not a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
