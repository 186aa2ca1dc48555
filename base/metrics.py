"""What Prometheus may know. Every metric has a label: see `share`.

The processes of one machine write into one folder (prometheus-client's multiprocess mode); whoever is scraped adds
them up. The files of dead processes are merged into one, so that the folder does not grow.
"""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from base.process import alive

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MERGED = "0"  # stands where a process id does: no process has this one

http_requests = Counter("tocsin_http_requests", "Answered HTTP requests", ["dialect", "method", "status"])
http_seconds = Histogram(
    "tocsin_http_request_seconds",
    "Time taken to answer",
    ["dialect"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ingest_events = Counter("tocsin_ingest_events", "Events received from monitors", ["type", "outcome"])
notifications = Counter("tocsin_notifications", "Attempts to notify a person", ["channel", "outcome"])
circuits_opened = Counter("tocsin_circuits_opened", "Times a provider was left alone after failures", ["provider"])
clock_ticks = Counter("tocsin_clock_ticks", "Turns of the clock", ["runner"])
clock_steps = Counter("tocsin_clock_steps", "Due rows done by the clock", ["runner"])


def share(folder: Path) -> None:
    """Count in `folder` from now on, together with the processes that are started from here.

    prometheus-client decides at its import, which is long before anybody knows the folder; it looks the class up
    again for every new combination of labels, and none has been used yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def render() -> bytes:
    """Return all counts in Prometheus's text format: this process's own, or the machine's where they are shared."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    with _locked(Path(folder), fcntl.LOCK_SH):
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def clean(folder: Path) -> None:
    """Forget what dead processes counted: a new start begins at zero unless another supervisor shares the folder."""
    if not folder.is_dir():
        return
    with _locked(folder, fcntl.LOCK_EX):
        files = list(folder.glob("*.db"))
        dead = [file for file in files if not alive(_pid(file))]
        if any(_pid(file) != int(MERGED) for file in files if file not in dead):
            dead = [file for file in dead if _pid(file) != int(MERGED)]
        for file in dead:
            file.unlink(missing_ok=True)


def compact(folder: Path) -> int:
    """Merge the files of dead processes into one per kind; return how many were merged."""
    with _locked(folder, fcntl.LOCK_EX):
        dead = [file for file in folder.glob("*.db") if _pid(file) != int(MERGED) and not alive(_pid(file))]
        for file in dead:
            _add(file, folder / f"{_kind(file)}_{MERGED}.db")
            file.unlink()
    return len(dead)


def _add(file: Path, merged: Path) -> None:
    sums: dict[str, float] = defaultdict(float)
    for source in (file, merged):
        if source.exists():
            for key, value, _, _ in MmapedDict.read_all_values_from_file(str(source)):  # type: ignore[no-untyped-call]
                sums[key] += value
    target = MmapedDict(str(merged))  # type: ignore[no-untyped-call]
    for key, value in sums.items():
        target.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
    target.close()  # type: ignore[no-untyped-call]


def _pid(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _kind(file: Path) -> str:
    return file.stem.rpartition("_")[0]


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Keep a scrape from reading a file half merged."""
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield
