"""Calls that read the alert out and take a key."""

from __future__ import annotations

from paging import phone_messages
from paging.channels.phone import PhoneChannel
from paging.models import Notification


class VoiceChannel(PhoneChannel):
    """What is said is composed again when the call is answered: the alert may have moved on."""

    name = "voice"

    def words(self, notification: Notification) -> str:
        """Return what is said."""
        return phone_messages.speech(notification)
