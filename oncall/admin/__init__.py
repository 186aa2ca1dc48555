"""The console's pages for plans and people."""

from __future__ import annotations

from oncall.admin import escalation, keys, people, rules, schedules, teams, webhooks

__all__ = ["escalation", "keys", "people", "rules", "schedules", "teams", "webhooks"]
