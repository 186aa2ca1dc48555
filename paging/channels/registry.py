"""Which channels there are."""

from __future__ import annotations

from typing import Any

from paging.channels import apprise
from paging.channels.base import Channel, SendError
from paging.channels.email import EmailChannel
from paging.channels.mattermost import MattermostChannel
from paging.channels.personal_webhook import PersonalWebhookChannel
from paging.channels.push import PushChannel
from paging.channels.slack import SlackChannel
from paging.channels.sms import SmsChannel
from paging.channels.telegram import TelegramChannel
from paging.channels.voice import VoiceChannel
from paging.channels.webhook import WebhookChannel

ALL: list[Channel[Any]] = [
    EmailChannel(),
    WebhookChannel(),
    PersonalWebhookChannel(),
    SmsChannel(),
    VoiceChannel(),
    PushChannel(),
    SlackChannel(),
    MattermostChannel(),
    TelegramChannel(),
    *apprise.channels(),
]
CHANNELS: dict[str, Channel[Any]] = {channel.name: channel for channel in ALL}


def find(name: str) -> Channel[Any]:
    """Return the channel of that name. Raises SendError where there is none."""
    if name not in CHANNELS:
        raise SendError(f"There is no channel {name!r}.", permanent=True)
    return CHANNELS[name]


def person_channels() -> dict[str, str]:
    """Return the channels that reach people, each with the kind of contact method it needs."""
    return {name: channel.contact_kind for name, channel in CHANNELS.items() if channel.contact_kind}
