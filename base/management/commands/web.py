"""The web server, as the supervisor starts it."""

from __future__ import annotations

import copy
import multiprocessing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import get_resolver
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from base.process import bind_to_parent, share_memory

BLOCKING_THREADS = 4  # on SQLite more threads only lengthen the queue in front of the one writer
KILL_SECONDS = 3


class Command(BaseCommand):
    """Internal: `manage.py up` starts this and restarts it."""

    help = "Run the web server (started by `up`)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and the number of processes."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        bind_to_parent()
        share_memory(application)
        if "fork" in multiprocessing.get_all_start_methods():
            multiprocessing.set_start_method("fork", force=True)  # only a fork inherits the bond to the parent
        Granian(
            target=settings.WSGI_APPLICATION.replace(".application", ":application"),
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=options["workers"],
            blocking_threads=BLOCKING_THREADS,
            respawn_failed_workers=True,
            respawn_interval=0,
            workers_kill_timeout=KILL_SECONDS,
            websockets=False,
            log_level=LogLevels.warning,
            log_dictconfig=log_config(),
        ).serve()


def application() -> None:
    """Import what the workers answer with."""
    import_string(settings.WSGI_APPLICATION)
    get_resolver().url_patterns  # noqa: B018  imports every view


def log_config() -> dict[str, Any]:
    """Return our own logging with the server's logger added: it configures logging anew in every process."""
    config: dict[str, Any] = copy.deepcopy(settings.LOGGING)
    config["loggers"]["_granian"] = {"handlers": ["stderr"], "level": "WARNING", "propagate": False}
    return config
