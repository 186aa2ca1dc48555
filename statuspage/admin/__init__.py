"""The console's pages for what the public reads, and what it adds to the page of an alert."""

from __future__ import annotations

from statuspage.admin import alerts, notices, pages, subscribers, templates

__all__ = ["alerts", "notices", "pages", "subscribers", "templates"]
