"""The console's pages for what was sent, and what paging adds to the page of an alert."""

from __future__ import annotations

from paging.admin import alerts, contacts, delivery, requests

__all__ = ["alerts", "contacts", "delivery", "requests"]
