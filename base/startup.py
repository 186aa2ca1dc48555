"""What must be true before anything is started: each step either holds or says in one sentence why not."""

from __future__ import annotations

import hashlib
import socket
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core import checks
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

DATABASE_WAIT_SECONDS = 30.0


def parse_bind(bind: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, `[V6]:PORT` or `:PORT`."""
    host, _, port = bind.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"--bind: {bind!r} cannot be used; give HOST:PORT such as 127.0.0.1:8000.")
    return host.strip("[]") or "127.0.0.1", int(port)


def refuse_taken_port(host: str, port: int) -> None:
    """Stop if the address is somebody else's: the web server itself would share the port without a word."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError(f"--bind: {host}:{port} cannot be used ({reason}); give another HOST:PORT.") from error


def refuse_errors() -> None:
    """Stop if a system check finds an error."""
    found = checks.run_checks(databases=["default"])
    if errors := [check for check in found if check.is_serious() and not check.is_silenced()]:
        raise CommandError("\n".join(f"{check.id}: {check.msg} {check.hint or ''}".strip() for check in errors))


def wait_for_database(seconds: float = DATABASE_WAIT_SECONDS) -> None:
    """Wait for a database that is still starting, as after a power cut; stop when it does not come."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            if connection.vendor == "sqlite" or time.monotonic() >= deadline:  # a folder does not come by itself
                reason = str(error).strip().splitlines()[0]
                raise CommandError(f"DATABASE_URL: the database cannot be reached ({reason}).") from error
            time.sleep(0.5)
        else:
            return


def collect_static() -> bool:
    """Copy the static files to where they are served from, if any has changed; tell whether."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    seen = _static_fingerprint()
    if mark.is_file() and mark.read_text() == seen:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(seen)
    return True


def first_start(*, sample: bool) -> None:
    """Hand over to the command that fills an empty installation; it prints what the operator must note."""
    if "first_start" in get_commands():
        call_command("first_start", "--sample" if sample else "--no-sample")


def _static_fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
