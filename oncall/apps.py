"""What the app is called where people read it."""

from __future__ import annotations

from django.apps import AppConfig


class OncallConfig(AppConfig):
    """Plans and people."""

    name = "oncall"
    verbose_name = "On call"
