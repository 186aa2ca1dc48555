"""Whole installations on loopback: the processes, a mail sink, and the API a user would call."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller

ROOT = Path(__file__).resolve().parents[2]
REPLY_LINK = re.compile(r"https?://\S+/r/[\w:.=-]+")


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ask: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """Return the first answer that is not empty. Fails with `what` when none came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError(f"after {seconds:g} s still no {what}")


class MailSink:
    """An SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.arrivals: list[float] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.url = f"smtp://127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message."""
        self.arrivals.append(time.time())
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 kept"

    def to(self, address: str) -> list[Message]:
        """Return the messages to an address."""
        return [mail for mail in self.mails if mail["To"] == address]

    def stop(self) -> None:
        """Close the port."""
        self._controller.stop()


def text_of(mail: Message) -> str:
    """Return the plain text of a message."""
    part = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return str(part.get_content())


@dataclass
class Installation:
    """One database and data folder, on which one or more supervisors run."""

    folder: Path
    mail: MailSink
    database: str = field(default_factory=lambda: os.environ.get("E2E_DATABASE_URL", ""))
    port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    machines: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    key: str = ""

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, machine: str = "one") -> dict[str, str]:
        """Return what its processes find in their environment."""
        inherited = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
        wanted = {
            "TOCSIN_DATA_DIR": str(self.folder if machine == "one" else self.folder / machine),
            "TOCSIN_BASE_URL": self.url,
            "TOCSIN_SECRET_KEY": "a key for tests that is the same on every machine",
            "TOCSIN_LOG_LEVEL": "WARNING",
            "TOCSIN_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "EMAIL_URL": self.mail.url,
        }
        database = {"DATABASE_URL": self.database} if self.database else {}
        return inherited | wanted | database | self.extra

    def manage(self, *words: str, machine: str = "one", stdin: str | None = None) -> str:
        """Run a management command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment(machine),
            check=True,
            stdout=subprocess.PIPE,
            input=None if stdin is None else stdin.encode(),
        )
        return done.stdout.decode()

    def start(self, *words: str, machine: str = "one") -> subprocess.Popen[bytes]:
        """Start `up` with these words, as systemd would."""
        command = [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{self.port}", "--no-sample", *words]
        with (self.folder / f"{machine}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(machine), stdout=log, stderr=log, start_new_session=True
            )
        self.machines[machine] = process
        return process

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Return when /healthz is green."""
        wait_for(self._healthy, seconds=seconds, what="green health")

    def _healthy(self) -> bool:
        ended = [name for name, process in self.machines.items() if process.poll() is not None]
        assert not ended, (
            f"{ended} ended by themselves: {[(self.folder / f'{name}.log').read_text() for name in ended]}"
        )
        return self.http("GET", "/healthz")[0] == 200

    def stop(self) -> None:
        """Stop every supervisor that runs, by SIGTERM."""
        for process in self.machines.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.machines.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.machines.clear()

    def http(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Make a request; status 0 when nobody answers."""
        url = path if path.startswith("http") else self.url + path
        assert urlsplit(url).hostname == "127.0.0.1"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, method=method, data=raw)  # noqa: S310
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as exc:
            return exc.code, _read(exc.read())
        except (OSError, HTTPException):
            return 0, None

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Call the OnCall API as an admin and return the answer; fails unless it succeeds."""
        status, answer = self.http(method, f"/api/v1/{path}", body, headers={"Authorization": self.key})
        assert 200 <= status < 300, (method, path, status, answer)
        return answer


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
