"""`/pages/:page_id/notices` and the updates below them (A1, B3)."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from rest_framework.exceptions import NotFound

from oncall.models import User
from statuspage import selectors
from statuspage.api import errors
from statuspage.api.dialect import CrudViewSet
from statuspage.api.filters import NoticeFilterSet, UpdateFilterSet
from statuspage.api.forms import NoticeForm, UpdateForm
from statuspage.api.shapes import NoticeSerializer, UpdateSerializer
from statuspage.models import Notice, NoticeUpdate
from statuspage.schedule import Parts
from statuspage.services import notices, updates
from statuspage.services.notices import Audience, Draft


def audience(values: dict[str, Any]) -> str:
    """Return who is told: those who are affected, where `should_publish` says so (A14)."""
    return Audience.AFFECTED if values.get("should_publish") else Audience.NOBODY


def draft(values: dict[str, Any], comment: str) -> Draft:
    """Return what the form says as the domain knows it."""
    return Draft(
        subject=values.get("subject"),
        state=values.get("state"),
        comment=values.get(comment) or "",
        audience=audience(values),
        components=values.get("component_ids"),
        tags=values.get("tag_list"),
        plan=values.get("plan", Parts()),
        automated=values.get("should_automate_schedule"),
    )


class NoticeViewSet(CrudViewSet):
    """Notices."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    form_class = NoticeForm
    filterset_class = NoticeFilterSet
    write_role = User.Role.EDITOR
    resource = "notice"

    def get_queryset(self) -> Any:
        return selectors.listed_notices(self.page)

    def make(self, values: dict[str, Any]) -> Notice:
        user: Any = self.request.user
        words = draft(values, "initial_comment")
        return notices.create_notice(self.page, values["type"], words, by=user, now=self.now)

    def change(self, row: Notice, values: dict[str, Any]) -> Notice:
        user: Any = self.request.user
        return notices.update_notice(row, draft(values, "additional_comment"), by=user, now=self.now)

    def remove(self, row: Notice) -> None:
        notices.delete_notice(row)


class UpdateViewSet(CrudViewSet):
    """Updates of a notice, oldest first."""

    queryset = NoticeUpdate.objects.none()
    serializer_class = UpdateSerializer
    form_class = UpdateForm
    filterset_class = UpdateFilterSet
    write_role = User.Role.EDITOR
    resource = "update"

    @cached_property
    def notice(self) -> Notice:
        """The notice that the path names. Raises NotFound."""
        raw = str(self.kwargs["notice_id"])
        rows = selectors.listed_notices(self.page)
        found = rows.filter(pk=int(raw)).first() if raw.isascii() and raw.isdecimal() and len(raw) < 19 else None
        if found is None:
            raise NotFound(errors.NOT_FOUND)
        return found

    def get_queryset(self) -> Any:
        rows = NoticeUpdate.objects.filter(notice=self.notice).order_by("created_at", "pk")
        return rows.select_related("notice__page__custom_domain")

    def make(self, values: dict[str, Any]) -> NoticeUpdate:
        user: Any = self.request.user
        return updates.add_update(self.notice, values["content"], audience=audience(values), by=user, now=self.now)

    def change(self, row: NoticeUpdate, values: dict[str, Any]) -> NoticeUpdate:
        return updates.edit_update(row, values.get("content"), now=self.now)

    def remove(self, row: NoticeUpdate) -> None:
        updates.delete_update(row, now=self.now)
