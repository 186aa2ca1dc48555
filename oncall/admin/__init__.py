"""The console's pages for plans and people."""

from __future__ import annotations

from oncall.admin import availability, escalation, keys, people, rules, schedules, teams, webhooks

__all__ = ["availability", "escalation", "keys", "people", "rules", "schedules", "teams", "webhooks"]
