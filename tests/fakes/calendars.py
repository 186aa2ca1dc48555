"""Calendars as others publish them."""

from __future__ import annotations


def event(summary: str, start: str, end: str, *lines: str, uid: str = "") -> str:
    """One event; `start` and `end` are properties without their name, such as `:20300107T080000Z`."""
    own = [f"UID:{uid or summary + start}", f"SUMMARY:{summary}", f"DTSTART{start}", f"DTEND{end}", *lines]
    return "\r\n".join(["BEGIN:VEVENT", "DTSTAMP:20300101T000000Z", *own, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    """A whole calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Rota//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()
