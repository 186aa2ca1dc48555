"""Texts, in which a person answers by one letter."""

from __future__ import annotations

from paging.channels.phone import PhoneChannel


class SmsChannel(PhoneChannel):
    """At most 160 characters that end with the reply link."""

    name = "sms"
