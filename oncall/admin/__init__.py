"""The console's pages for plans and people."""

from __future__ import annotations

from oncall.admin import escalation, people, schedules, webhooks

__all__ = ["escalation", "people", "schedules", "webhooks"]
