"""Measure an installation on SQLite and on PostgreSQL and hold it against Grafana OnCall on a machine like this one.

    .venv/bin/python -m bench.figures [sqlite] [postgres] [--waiting 100000]

The peer's figures were measured with the same load on two cores: PostgreSQL, Redis and Celery, tuned."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench import lists
from bench.load import Load, percentile, post
from bench.procs import cpu_seconds, memory
from tests.e2e.installation import ROOT, Installation, free_port

PEER = {
    "storm, all notified (s)": 182.0,
    "storm, CPU-ms an alert": 300.0,
    "idle, alert to mail p50 (s)": 1.1,
    "ingest, CPU-ms a request": 2.6,  # merely queued there; stored here
    "50 policies, CPU-ms a request": 17.0,
    "50 alert groups, CPU-ms a request": 43.0,
    "memory, PSS (MiB)": 900.0,
    "start on an empty database (s)": 32.0,  # 6 s after a migration of 26 s
}
PEER_MORE = {"50 policies, requests a second": 64.0, "50 alert groups, requests a second": 20.0}
STORM, IDLE, INGEST = 1000, 20, 2000


class SinkOf:
    """The mail server's address, in the form that Installation wants."""

    def __init__(self, folder: Path) -> None:
        self.port, self.file = free_port(), folder / "mails.txt"
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([sys.executable, ROOT / "bench/sink.py", str(self.port), self.file])

    def arrivals(self) -> dict[str, list[float]]:
        """Return when each key's mails arrived."""
        found: dict[str, list[float]] = {}
        for line in self.file.read_text().splitlines() if self.file.exists() else []:
            instant, key = line.split()
            found.setdefault(key, []).append(float(instant))
        return found


@dataclass
class Bench:
    """One installation under measurement."""

    installation: Installation
    sink: SinkOf
    figures: dict[str, float]

    @property
    def pid(self) -> int:
        """The supervisor."""
        return self.installation.machines["one"].pid

    def start(self) -> None:
        """Start on an empty database, then once more on a full one."""
        for name in ("start on an empty database (s)", "start again (s)"):
            before = time.perf_counter()
            self.installation.start()
            self.installation.wait_until_healthy()
            self.figures[name] = time.perf_counter() - before
            if name.startswith("start on"):
                self.installation.stop()

    def door(self, name: str, steps: list[dict[str, Any]]) -> str:
        """Make a chain of these steps and an integration whose alerts take it; return its URL."""
        call = self.installation.api
        chain = call("POST", "escalation_chains/", {"name": name})["id"] if steps else None
        for step in steps:
            call("POST", "escalation_policies/", {"escalation_chain_id": chain, **step})
        body = {"type": "webhook", "name": name, "default_route": {"escalation_chain_id": chain}}
        titles = {"grouping_key": "{{ payload.title }}", "web": {"title": "{{ payload.title }}"}}
        return str(call("POST", "integrations/", body | {"templates": titles})["link"])

    def wait_for(self, load: Load, seconds: float) -> dict[str, list[float]]:
        """Wait until every accepted alert's mail arrived; fail when some did not."""
        deadline = time.monotonic() + seconds
        while True:
            arrivals = self.sink.arrivals()
            missing = [key for key in load.accepted if key not in arrivals]
            if not missing:
                return arrivals
            assert time.monotonic() < deadline, f"{len(missing)} of {len(load.accepted)} were never notified"
            time.sleep(0.05)

    def idle(self, url: str) -> None:
        """Measure single alerts, one at a time."""
        load = post(url, keys(IDLE), clients=1, rate=2)
        arrivals = self.wait_for(load, 30)
        took = [arrivals[key][0] - load.started[key] for key in load.accepted]
        self.figures["idle, alert to mail p50 (s)"] = percentile(took, 0.5)
        self.figures["idle, alert to mail p99 (s)"] = percentile(took, 0.99)

    def storm(self, url: str) -> None:
        """Measure a thousand alerts as fast as they are accepted."""
        spent, began = cpu_seconds(self.pid), time.time()
        load = post(url, keys(STORM), clients=4)
        arrivals = self.wait_for(load, 120)
        took = [arrivals[key][0] - load.started[key] for key in load.accepted]
        self.figures["storm, all notified (s)"] = max(arrivals[key][0] for key in load.accepted) - began
        self.figures["storm, alert to mail p50 (s)"] = percentile(took, 0.5)
        self.figures["storm, alert to mail p99 (s)"] = percentile(took, 0.99)
        time.sleep(1)
        self.figures["storm, CPU-ms an alert"] = (cpu_seconds(self.pid) - spent) * 1000 / len(load.accepted)
        self.figures["storm, doubled"] = sum(len(arrivals[key]) > 1 for key in load.accepted)
        assert load.codes == {200: STORM}, load.codes

    def instant(self) -> None:
        """Measure a thousand escalations that fall due in the same instant, on top of the waiting ones."""
        out = self.installation.manage("shell", "-c", f"exec(open({str(ROOT / 'bench/instant.py')!r}).read())")
        due = float(out.strip().splitlines()[-1])
        run = f"bench-{out.strip().splitlines()[-2]}-"
        deadline = time.monotonic() + 120
        while True:
            times = [at for key, ats in self.sink.arrivals().items() if key.startswith(run) for at in ats[:1]]
            if len(times) == STORM:
                break
            assert time.monotonic() < deadline, f"{len(times)} of {STORM} were sent"
            time.sleep(0.05)
        self.figures["1,000 due at once, due to sent p50 (s)"] = percentile([at - due for at in times], 0.5)
        self.figures["1,000 due at once, due to sent p99 (s)"] = percentile([at - due for at in times], 0.99)

    def ingest(self, url: str) -> None:
        """Measure alerts that are stored and ask nobody."""
        post(url, keys(200), clients=4)
        spent = cpu_seconds(self.pid)
        load = post(url, keys(INGEST), clients=4)
        self.figures["ingest, requests a second"] = len(load.accepted) / load.wall
        self.figures["ingest, p99 (ms)"] = percentile(list(load.took.values()), 0.99) * 1000
        self.figures["ingest, CPU-ms a request"] = (cpu_seconds(self.pid) - spent) * 1000 / len(load.accepted)

    def lists(self) -> None:
        """Measure pages of fifty out of all that `fill` made."""
        for name, path in lists.PATHS.items():
            lists.read(self.installation.url, path, self.installation.key)
            spent = cpu_seconds(self.pid)
            wall = lists.read(self.installation.url, path, self.installation.key)
            self.figures[f"{name}, requests a second"] = lists.REQUESTS / wall
            self.figures[f"{name}, CPU-ms a request"] = (cpu_seconds(self.pid) - spent) * 1000 / lists.REQUESTS

    def memory(self) -> None:
        """Measure the whole tree while nothing happens."""
        rows = memory(self.pid)
        self.figures["memory, PSS (MiB)"] = sum(pss for _, _, pss in rows)
        for pid, command, pss in rows:
            print(f"    {pid:8} {pss:6.1f} MiB  {command}")


def keys(number: int) -> list[str]:
    """Return that many alert titles that no other run uses."""
    run = uuid.uuid4().hex[:8]
    return [f"bench-{run}-{count}" for count in range(number)]


def measure(database: str, waiting: int) -> dict[str, float]:
    """Return the figures of one database."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sink = SinkOf(folder)
        bench = Bench(Installation(folder, sink, database, extra={"BENCH_WAITING": str(waiting)}), sink, {})  # type: ignore[arg-type]
        try:
            run(bench)
        finally:
            bench.installation.stop()
            sink.process.kill()
            sink.process.wait()
    return bench.figures


def run(bench: Bench) -> None:
    """Take every figure, in an order in which none disturbs the next."""
    bench.start()
    admin = ("issue_api_key", "alice@example.org", "--create", "--role", "admin")
    bench.installation.key = bench.installation.manage(*admin).strip()
    time.sleep(3)
    bench.memory()
    alice = bench.installation.api("GET", "users/current/")["id"]
    notify = bench.door("notify", [{"type": "notify_persons", "persons_to_notify": [alice]}])
    bench.installation.manage("shell", "-c", f"exec(open({str(ROOT / 'bench/fill.py')!r}).read())")
    bench.lists()
    bench.idle(notify)
    bench.ingest(bench.door("none", []))
    bench.storm(notify)
    bench.instant()


def database_of(kind: str) -> str:
    """Return the URL of a new database of that kind."""
    if kind == "sqlite":
        return ""
    server = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tocsin_bench WITH (FORCE)")
        connection.execute("CREATE DATABASE tocsin_bench")
    return server.rsplit("/", 1)[0] + "/tocsin_bench"


def main() -> None:
    """Print a table per database, with the ratio to the peer where there is one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument("--waiting", type=int, default=100_000, help="escalations that wait in the background")
    chosen = parser.parse_args()
    for kind in chosen.kinds:
        print(f"{kind}, {chosen.waiting:,} escalations waiting, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        for name, figure in measure(database_of(kind), chosen.waiting).items():
            print(f"  {name:42} {figure:9.2f}{compared(name, figure)}")


def compared(name: str, figure: float) -> str:
    """Return the ratio to the peer, where there is one."""
    if peer := PEER.get(name):
        return f"   peer {peer:8.1f}   {peer / figure:6.1f} times less"
    if peer := PEER_MORE.get(name):
        return f"   peer {peer:8.1f}   {figure / peer:6.1f} times more"
    return ""


if __name__ == "__main__":
    main()
