"""Words to the public: pages, what they are made of, what they say, and who is told."""

from __future__ import annotations

from statuspage.models.notices import Notice, NoticeChange, NoticeLink, NoticeUpdate
from statuspage.models.pages import Brand, Component, CustomDomain, StatusPage
from statuspage.models.subscribers import Publication, Subscriber, SubscriptionRequest
from statuspage.models.templates import NoticeTemplate, UpdateTemplate

__all__ = [
    "Brand",
    "Component",
    "CustomDomain",
    "Notice",
    "NoticeChange",
    "NoticeLink",
    "NoticeTemplate",
    "NoticeUpdate",
    "Publication",
    "StatusPage",
    "Subscriber",
    "SubscriptionRequest",
    "UpdateTemplate",
]
