from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from django.core import checks
from django.core.checks import Error
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from base import process, runfile, startup


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        ("192.0.2.1:8000", ("192.0.2.1", 8000)),
        (":9", ("127.0.0.1", 9)),
        ("[::1]:8000", ("::1", 8000)),
    ],
)
def test_an_address_is_a_host_and_a_port(bind, expected):
    assert startup.parse_bind(bind) == expected


@pytest.mark.parametrize("bind", ["", "8000x", "localhost", "localhost:0", "localhost:65536", "localhost:http"])
def test_anything_else_is_refused_in_one_sentence(bind):
    with pytest.raises(CommandError, match=r"^--bind: .* cannot be used; give HOST:PORT such as 127\.0\.0\.1:8000\.$"):
        startup.parse_bind(bind)


def test_a_port_that_is_shared_by_its_owner_is_taken_all_the_same():
    with socket.socket() as owner:
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        port = owner.getsockname()[1]
        with pytest.raises(CommandError, match=f"^--bind: 127.0.0.1:{port} cannot be used"):
            startup.refuse_taken_port("127.0.0.1", port)
    startup.refuse_taken_port("127.0.0.1", port)


def test_an_error_of_a_system_check_stops_the_start_with_its_sentence(monkeypatch):
    monkeypatch.setattr(checks, "run_checks", lambda databases: [Error("It is so.", id="tocsin.E001")])
    with pytest.raises(CommandError, match=r"^tocsin\.E001: It is so\.$"):
        startup.refuse_errors()


def test_a_database_that_never_comes_is_named_without_its_password(monkeypatch):
    def away() -> None:
        raise OperationalError("connection refused\nmore")

    monkeypatch.setattr(connection, "ensure_connection", away)
    with pytest.raises(CommandError, match=r"^DATABASE_URL: the database cannot be reached \(connection refused\)\.$"):
        startup.wait_for_database(0)


def test_static_files_are_collected_again_only_when_one_has_changed(monkeypatch, settings, tmp_path):
    calls: list[str] = []
    settings.STATIC_ROOT = tmp_path
    monkeypatch.setattr(startup, "call_command", lambda name, **_: calls.append(name))
    monkeypatch.setattr(startup, "_static_fingerprint", lambda: "one")
    assert [startup.collect_static(), startup.collect_static()] == [True, False]
    monkeypatch.setattr(startup, "_static_fingerprint", lambda: "two")
    assert startup.collect_static()
    assert calls == ["collectstatic", "collectstatic"]


def test_a_process_id_that_was_given_out_again_is_not_taken_for_the_old_supervisor(tmp_path):
    record = runfile.RunFile(tmp_path / "old.json")
    record.path.write_text(f'{{"owner": "host:1-5:", "pid": {os.getpid()}, "started": "5", "children": []}}')
    assert [prefix for prefix, _ in runfile.clear_up(tmp_path)] == ["host:1-5:"]


def test_what_a_killed_supervisor_left_running_is_ended(tmp_path):
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    since = process.started(left.pid)
    record = tmp_path / "old.json"
    record.write_text(f'{{"owner": "h:1:", "pid": 0, "started": "", "children": [[{left.pid}, "{since}x"]]}}')
    runfile.clear_up(tmp_path)
    assert left.poll() is None  # another process that got the same number
    record.write_text(f'{{"owner": "h:1:", "pid": 0, "started": "", "children": [[{left.pid}, "{since}"]]}}')
    runfile.clear_up(tmp_path)
    assert left.wait(5) == -9


def test_a_living_supervisor_keeps_its_leases(tmp_path):
    runfile.own(tmp_path).write([])
    assert runfile.clear_up(tmp_path) == []
    assert not runfile.others_alive(tmp_path)
    runfile.own(tmp_path).remove()
    assert list(tmp_path.iterdir()) == []
