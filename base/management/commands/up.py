"""Everything with one command."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from argparse import SUPPRESS
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from base import startup
from base.once import alone
from base.process import die_with_parent
from base.supervisor import CLUSTER, Supervisor

DEFAULT_BIND = "127.0.0.1:8000"


class Command(BaseCommand):
    """Prepare the installation, then supervise it in the foreground."""

    help = "Migrate, fill an empty installation, then run web server and task workers until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address, the number of processes and the part of this machine."""
        default = os.environ.get("TOCSIN_BIND") or DEFAULT_BIND
        parser.add_argument("--bind", default=default, metavar="HOST:PORT", help="default: TOCSIN_BIND or %(default)s")
        parser.add_argument("--no-sample", dest="sample", action="store_false", help="an empty start, no sample data")
        parser.add_argument("--workers", type=int, metavar="N", help="processes that serve and that work (default: 2)")
        parser.add_argument("--only", choices=["web", "worker"], help="the part of this machine, of several")
        parser.add_argument("--no-safety-net", dest="ticks", action="store_false", help=SUPPRESS)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until stopped; exit code 0 when asked to, 1 with one sentence when it cannot start."""
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # nothing is running yet
        host, port = startup.parse_bind(options["bind"])
        self._adopt_address(host, port)
        if options["workers"] is not None and options["workers"] < 1:
            raise CommandError("--workers: give a whole number of at least 1.")
        if options["only"] != "worker":
            startup.refuse_taken_port(host, port)
        self._prepare_apart(sample=options["sample"])
        if options["workers"]:
            os.environ["TOCSIN_WORKERS"] = str(options["workers"])
        web = ["web", "--host", host, "--port", str(port), "--workers", str(options["workers"] or 2)]
        programs = {"web": web, CLUSTER: ["qworker"]}
        if settings.TOCSIN_LMTP_BIND:
            programs["mail"] = ["receive_mail"]
        chosen = [options["only"]] if options["only"] else list(programs)
        commands = {name: [sys.executable, sys.argv[0], *programs[name]] for name in chosen}
        self._announce(host, port, options["only"])
        code = Supervisor(commands, folder=settings.TOCSIN_DATA_DIR, ticks=options["ticks"]).run()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # a send of the safety net that is still in flight must not hold up the stop

    def _prepare_apart(self, *, sample: bool) -> None:
        """Prepare in a fork: what checks, migrations and sample data import would stay in memory for ever."""
        connections.close_all()
        self.stdout.flush()
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            die_with_parent()
            os._exit(self._prepare_in_fork(sample=sample))
        signal.signal(signal.SIGTERM, lambda *_: self._leave(child))
        if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            sys.exit(code if code > 0 else 1)

    def _leave(self, child: int) -> None:
        """Stop while still starting: what the child has not committed it has not done."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os._exit(0)

    def _prepare_in_fork(self, *, sample: bool) -> int:
        try:
            self._prepare(sample=sample)
        except CommandError as error:
            self.stderr.write(f"CommandError: {error}")
            return 1
        except KeyboardInterrupt:
            return 1
        except Exception:
            self.stderr.write(traceback.format_exc())
            return 1
        finally:
            self.stdout.flush()
            self.stderr.flush()
        return 0

    def _prepare(self, *, sample: bool) -> None:
        startup.wait_for_database()
        startup.refuse_errors()
        with alone(settings.TOCSIN_DATA_DIR):
            call_command("migrate", interactive=False, verbosity=0)
            startup.collect_static()
            startup.first_start(sample=sample)
        connections.close_all()

    def _adopt_address(self, host: str, port: int) -> None:
        """Without a public address the links in messages lead to where we listen: start anew knowing that."""
        if os.environ.get("TOCSIN_BASE_URL") or os.environ.get("TOCSIN_BASE_URL_FILE"):
            return
        name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  compared, not bound
        os.environ["TOCSIN_BASE_URL"] = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
        if os.environ["TOCSIN_BASE_URL"] != settings.TOCSIN_BASE_URL:
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606  this very command

    def _announce(self, host: str, port: int, only: str | None) -> None:
        if only == "worker":
            self.stdout.write(f"Tocsin {settings.VERSION} works on due alerts here. Ctrl-C stops it.")
        else:
            self.stdout.write(
                f"Tocsin {settings.VERSION} listens on {host}:{port}\n"
                f"  Address  {settings.TOCSIN_BASE_URL}/\n"
                f"  Console  {settings.TOCSIN_BASE_URL}/admin/\n"
                f"  Health   {settings.TOCSIN_BASE_URL}/healthz\n"
                f"  Data     {settings.TOCSIN_DATA_DIR}\n"
                "Ctrl-C stops it."
            )
        self.stdout.flush()
