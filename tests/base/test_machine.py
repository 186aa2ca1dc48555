from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.base import fileclock
from tests.base.machine import Machine, running, wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc"),
]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    wait_until(lambda: machine.get("/livez"))
    wait_until(lambda: len(machine.cluster_workers()) == 4)
    yield machine
    family = list(machine.family())
    if machine.process.poll() is None:
        machine.stop()
    assert running(family) == []


def ticks(page: str, runner: str) -> float:
    found = re.search(rf'tocsin_clock_ticks_total{{runner="{runner}"}} (\S+)', page)
    return float(found[1]) if found else 0.0


def test_one_command_serves_and_keeps_promises_in_the_clusters_workers(machine):
    assert machine.keeps_promises("first") < 2.0
    assert fileclock.done()["first"].endswith(":worker-00001")
    wait_until(lambda: ticks(machine.get("/metrics"), "worker"))
    page = machine.get("/metrics")
    assert ticks(page, "worker") > 0
    assert ticks(page, "supervisor") == 0
    assert '"status": "green"' in machine.get("/healthz")


def test_a_stop_takes_less_than_five_seconds_and_leaves_nothing_behind(machine):
    machine.keeps_promises("first")
    family = list(machine.family())
    code, seconds = machine.stop()
    assert code == 0
    assert seconds < 5.0
    assert running(family) == []
    assert list(machine.run_folder.iterdir()) == []


@pytest.mark.parametrize("which", range(4), ids=["worker", "worker 2", "monitor", "pusher"])
def test_a_killed_process_of_the_cluster_takes_the_cluster_with_it_and_another_works(machine, which):
    before = machine.cluster_workers()
    os.kill(before[which], signal.SIGKILL)
    assert machine.keeps_promises("after") < 10.0
    assert fileclock.done()["after"].endswith(":worker-00002")
    assert running(before) == []
    released = Path(os.environ["FILECLOCK"]) / "released"
    wait_until(lambda: released.exists() and released.read_text().endswith(":worker-00001\n"))


def test_a_killed_web_worker_is_replaced(machine):
    victims = [pid for pid, path in machine.family().items() if path == "/web/web"]
    os.kill(victims[0], signal.SIGKILL)
    wait_until(lambda: not running(victims[:1]))
    wait_until(lambda: machine.get("/livez"))
    wait_until(lambda: sum(path == "/web/web" for path in machine.family().values()) == 2)


def test_everything_dies_with_a_killed_supervisor_and_the_next_start_gives_its_leases_back(machine, tmp_path):
    family = list(machine.family())
    machine.process.kill()
    machine.process.wait()
    wait_until(lambda: not running(family), 5.0)
    owner = next(machine.run_folder.glob("*.json")).read_text().split('"')[3]
    second = Machine(tmp_path)
    try:
        wait_until(lambda: second.get("/livez"))
        released = Path(os.environ["FILECLOCK"]) / "released"
        wait_until(lambda: released.exists() and f"{owner}\n" in released.read_text())
        wait_until(lambda: len(list(machine.run_folder.glob("*.json"))) == 1)
    finally:
        assert second.stop()[0] == 0


def test_the_supervisor_keeps_promises_while_the_cluster_hangs_and_then_replaces_it(machine):
    first = machine.cluster_workers()
    for pid in first:
        os.kill(pid, signal.SIGSTOP)
    assert 2.0 <= machine.keeps_promises("rescued") < 10.0
    assert fileclock.done()["rescued"].endswith(":00000")
    wait_until(lambda: ticks(machine.get("/metrics"), "supervisor"))
    for number in range(10):
        machine.keeps_promises(f"later-{number}")
        if fileclock.done()[f"later-{number}"].endswith(":worker-00002"):
            break
    assert fileclock.done()[f"later-{number}"].endswith(":worker-00002")
    assert running(first) == []


def test_without_cluster_and_safety_net_nothing_moves(tmp_path):
    machine = Machine(tmp_path, "--only", "web", "--no-safety-net")
    try:
        wait_until(lambda: machine.get("/livez"))
        fileclock.promise("never", datetime(2020, 1, 1, tzinfo=UTC))
        with pytest.raises(AssertionError, match="waited in vain"):
            wait_until(lambda: fileclock.done().get("never"), 5.0)
        assert machine.get("/healthz") == ""  # 503
    finally:
        machine.stop()


def test_a_taken_port_is_one_sentence_and_exit_code_one(machine, tmp_path):
    second = subprocess.run(
        [*machine.process.args[:4], f"127.0.0.1:{machine.port}"],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ
        | {"TOCSIN_DATA_DIR": str(tmp_path / "other"), "DJANGO_SETTINGS_MODULE": "tests.base.machine_settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert second.returncode == 1
    reason = "cannot be used (address already in use); give another HOST:PORT."
    assert second.stderr.splitlines() == [f"CommandError: --bind: 127.0.0.1:{machine.port} {reason}"]


def test_a_second_start_finds_everything_in_place(machine, tmp_path):
    machine.keeps_promises("first")
    machine.stop()
    database = tmp_path / "data" / "tocsin.sqlite3"
    with sqlite3.connect(database) as connection:
        applied = connection.execute("SELECT count(*), max(applied) FROM django_migrations").fetchone()
    second = Machine(tmp_path)
    wait_until(lambda: second.get("/livez"))
    assert second.stop()[0] == 0
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*), max(applied) FROM django_migrations").fetchone() == applied
