"""The wiring as an application, so that its system checks are found."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the checks."""

    name = "config"

    def ready(self) -> None:
        """Import what registers itself."""
        from config import checks  # noqa: F401, PLC0415  not before the applications are ready
