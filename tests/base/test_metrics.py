from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from base import metrics
from base.middleware import MetricsMiddleware, dialect_of


def count(file: Path, value: float) -> None:
    counts = MmapedDict(str(file))
    counts.write_value(
        mmap_key("tocsin_clock_ticks", "tocsin_clock_ticks_total", ["runner"], ["worker"], "Turns"), value, 0
    )
    counts.close()


@pytest.fixture
def dead_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_request_is_counted_by_dialect_method_and_status():
    counter = metrics.http_requests.labels("oncall", "POST", "418")
    before = counter._value.get()
    request = HttpRequest()
    request.method, request.path_info = "POST", "/api/v1/escalation_chains/"
    MetricsMiddleware(lambda _: HttpResponse(status=418))(request)
    assert counter._value.get() == before + 1


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/api/v1/users/", "oncall"),
        ("/alert", "pagertree"),
        ("/page/team", "hotpot"),
        ("/v1/pages", "sorry"),
        ("/integrations/v1/webhook/x/", "inbound"),
        ("/r/signed", "reply"),
        ("/wp-login.php", "other"),
        ("/", "other"),
    ],
)
def test_the_first_segment_names_the_dialect(path, dialect):
    assert dialect_of(path) == dialect


def test_the_files_of_dead_processes_become_one_and_no_count_is_lost(tmp_path, dead_pid, monkeypatch):
    count(tmp_path / f"counter_{dead_pid}.db", 5)
    count(tmp_path / f"counter_{os.getpid()}.db", 2)
    monkeypatch.setenv(metrics.FOLDER, str(tmp_path))
    assert metrics.compact(tmp_path) == 1
    count(tmp_path / f"counter_{dead_pid}.db", 4)
    assert metrics.compact(tmp_path) == 1
    assert sorted(file.name for file in tmp_path.glob("*.db")) == ["counter_0.db", f"counter_{os.getpid()}.db"]
    assert b'tocsin_clock_ticks_total{runner="worker"} 11.0' in metrics.render()


def test_a_start_forgets_the_dead_but_not_a_living_neighbour(tmp_path, dead_pid):
    count(tmp_path / f"counter_{dead_pid}.db", 5)
    count(tmp_path / "counter_0.db", 5)
    count(tmp_path / f"counter_{os.getpid()}.db", 2)
    metrics.clean(tmp_path)
    assert sorted(file.name for file in tmp_path.glob("*.db")) == ["counter_0.db", f"counter_{os.getpid()}.db"]


def test_a_start_alone_begins_at_zero(tmp_path, dead_pid):
    count(tmp_path / f"counter_{dead_pid}.db", 5)
    count(tmp_path / "counter_0.db", 5)
    metrics.clean(tmp_path)
    assert list(tmp_path.glob("*.db")) == []
