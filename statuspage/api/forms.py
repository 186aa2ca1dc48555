"""What the Sorry API reads. Every wrong attribute is told at once (A10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf.locale import LANG_INFO
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from statuspage import states
from statuspage.api.fields import (
    BLANK,
    INVALID,
    NOT_LISTED,
    BooleanInput,
    DateInput,
    EmailInput,
    IdsInput,
    InstantInput,
    MinutesInput,
    NumberInput,
    TagsInput,
    TextInput,
    TimeInput,
    UrlInput,
    WordInput,
)
from statuspage.models import Brand, Notice
from statuspage.rails_zones import RAILS_ZONES
from statuspage.schedule import Parts, replan
from statuspage.services.subscribers import PHONE

PLAN = {
    "begins_at_date": "on",
    "begins_at_time": "at",
    "duration_in_minutes": "length",
    "begins_at": "begins_at",
    "ends_at": "ends_at",
}
NUMBER = r"\s*[0-9]{1,3}(?:\.[0-9]+)?%?\s*"
COLOR = re.compile(rf"#(?:[0-9a-fA-F]{{3}}|[0-9a-fA-F]{{6}})|rgba?\({NUMBER}(?:,{NUMBER}){{2,3}}\)")
LARGEST_PICTURE = 1024 * 1024
PICTURES = {  # first bytes → type; the browser's word for it is not believed
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"\x00\x00\x01\x00": "image/x-icon",
}


class SorryForm(serializers.Serializer[Any]):
    """Reads the fields that were sent, wants those that a new object needs, and complains of all of them together."""

    needed: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values. Raises ValidationError."""
        values: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, field in self.fields.items():
            if name not in data:
                continue
            try:
                values[name] = field.run_validation(data[name])
            except ValidationError as error:
                errors[name] = error.detail
        if self.instance is None:
            errors |= {name: [BLANK] for name in self.needed if values.get(name) is None and name not in errors}
        for name, text in self.check(values, errors):
            errors.setdefault(name, [text])
        if errors:
            raise ValidationError(errors)
        return values

    def check(self, values: dict[str, Any], errors: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong between the fields; may complete the values."""
        yield from ()


class NoticeForm(SorryForm):
    """A new notice, or what is to be changed of one."""

    needed = ("type", "subject")

    type = WordInput(("planned", "unplanned"))
    subject = TextInput(needed=True, most=255)
    initial_comment = TextInput(nullable=False)
    additional_comment = TextInput(nullable=False)
    state = TextInput(most=100)
    should_publish = BooleanInput()
    component_ids = IdsInput()
    tag_list = TagsInput()
    begins_at_date = DateInput()
    begins_at_time = TimeInput()
    duration_in_minutes = MinutesInput()
    begins_at = InstantInput()
    ends_at = InstantInput()
    should_automate_schedule = BooleanInput()

    def check(self, values: dict[str, Any], errors: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Look at type, state and plan together."""
        notice: Notice | None = self.instance
        type_ = values.get("type") if notice is None else notice.type
        if notice is not None and values.get("type") not in (None, notice.type):
            yield "type", "can't be changed"
        if type_ and values.get("state") not in (None, *states.STATES[type_]):
            yield "state", NOT_LISTED
        if type_ == Notice.Type.PLANNED:
            yield from self._plan(values, errors)
        elif type_ == Notice.Type.UNPLANNED:
            for name in PLAN:  # they do not concern an unplanned notice, right or wrong
                errors.pop(name, None)

    def _plan(self, values: dict[str, Any], errors: dict[str, Any]) -> Iterator[tuple[str, str]]:
        parts = Parts(**{part: values.get(name) for name, part in PLAN.items()})
        values["plan"] = parts
        if self.instance is None and (missing := parts.missing()):
            yield from ((name, BLANK) for name in missing)
            return
        if parts.is_empty or any(name in errors for name in PLAN):
            return
        begins_at, ends_at = (self.instance.begins_at, self.instance.ends_at) if self.instance else (None, None)
        try:
            replan(begins_at, ends_at, parts)
        except (ValueError, OverflowError):
            yield ("ends_at" if parts.ends_at else "begins_at_date"), INVALID


class UpdateForm(SorryForm):
    """A comment."""

    needed = ("content",)
    content = TextInput(needed=True)
    should_publish = BooleanInput()


class ComponentForm(SorryForm):
    """A component."""

    needed = ("name",)
    name = TextInput(needed=True, most=255)
    description = TextInput()
    position = NumberInput(most=2**31 - 1)
    parent_id = NumberInput()


class PageForm(SorryForm):
    """A status page."""

    needed = ("name",)
    name = TextInput(needed=True, most=255)
    timezone = TextInput(most=64)
    locale = TextInput(most=10)
    support_email = EmailInput(most=254)
    support_telephone = TextInput(most=50)
    support_url = UrlInput(most=500)
    visible_to_search = BooleanInput()
    meta_title = TextInput(most=255)
    meta_description = TextInput(most=500)
    google_analytics_id = TextInput(most=50)

    def check(self, values: dict[str, Any], errors: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Look zone and language up; blank is the default."""
        if "timezone" in values:
            zone = values.pop("timezone") or "UTC"
            zone = RAILS_ZONES.get(zone, zone)
            values["time_zone"] = zone
            if zone not in available_timezones():
                yield "timezone", INVALID
        if "locale" in values:
            values["locale"] = (values["locale"] or "en").lower()
            if values["locale"].split("-")[0] not in LANG_INFO:
                yield "locale", INVALID
        if values.get("visible_to_search", True) is None:
            del values["visible_to_search"]


class SubscriberForm(SorryForm):
    """Somebody to be told."""

    email = EmailInput(most=254)
    phone_number = TextInput()
    first_name = TextInput(most=100)
    last_name = TextInput(most=100)
    nickname = TextInput(most=100)
    company = TextInput(most=200)
    tag_list = TagsInput()
    component_ids = IdsInput()

    def check(self, values: dict[str, Any], errors: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Want an address, and mend a plus sign that a form turned into a blank."""
        if phone := values.get("phone_number"):
            mended = re.sub(r"^ +(?=[0-9])", "+", phone)
            values["phone_number"] = re.sub(r"(?<=[0-9+])[ ().-]+(?=[0-9(])", "", mended.strip())
            if not PHONE.fullmatch(values["phone_number"]):
                yield "phone_number", INVALID
        left = {name: values.get(name, getattr(self.instance, name, None)) for name in ("email", "phone_number")}
        kept = any(getattr(self.instance, name, None) for name in ("webhook_url", "slack_webhook_url"))
        if not any(left.values()) and not kept and not errors:
            yield "email", BLANK


class BrandForm(SorryForm):
    """Colours and pictures."""

    logo = serializers.FileField(required=False)
    favicon = serializers.FileField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**{name: TextInput(most=40) for name in Brand.COLORS}, **super().get_fields()}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        pictures = {name: data[name] for name in ("logo", "favicon") if name in data}
        found = super().to_internal_value({name: value for name, value in data.items() if name not in pictures})
        errors = {}
        for name, sent in pictures.items():
            content, kind = picture(sent)
            if content is not None and not kind:
                errors[name] = [INVALID]
            found |= {name: content, f"{name}_type": kind}
        if errors:
            raise ValidationError(errors)
        return found

    def check(self, values: dict[str, Any], errors: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Let nothing through that is not plainly a colour: it is written into a style sheet."""
        for name in Brand.COLORS:
            if name in values and not COLOR.fullmatch(values[name] or ""):
                yield name, INVALID


def picture(sent: Any) -> tuple[bytes | None, str]:
    """Return the bytes and the type of an upload; no bytes takes it away, no type says that it cannot be used."""
    if sent in (None, ""):
        return None, ""
    if not hasattr(sent, "read") or sent.size > LARGEST_PICTURE:
        return b"", ""
    content = sent.read()
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return content, "image/webp"
    return content, next((kind for first, kind in PICTURES.items() if content.startswith(first)), "")


class DomainForm(SorryForm):
    """A host name."""

    needed = ("domain",)
    domain = TextInput(needed=True, most=253)


class NoticeTemplateForm(SorryForm):
    """The beginning of a notice."""

    needed = ("name",)
    name = TextInput(needed=True, most=255)
    subject = TextInput(nullable=False, most=255)
    initial_comment = TextInput(nullable=False)
    component_id = NumberInput()


class UpdateTemplateForm(SorryForm):
    """A comment to be."""

    needed = ("name",)
    name = TextInput(needed=True, most=255)
    content = TextInput(nullable=False)
    component_id = NumberInput()
