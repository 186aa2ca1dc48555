"""Deeds: requests for somebody's attention, messages, every try, and what people answer."""

from __future__ import annotations

from paging.models.notifications import Attempt, Notification, Receipt, Reply
from paging.models.pages import Moment, MomentDoor, Page

__all__ = ["Attempt", "Moment", "MomentDoor", "Notification", "Page", "Receipt", "Reply"]
