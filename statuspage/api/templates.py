"""`/pages/:page_id/notice_templates` and `/update_templates` (B8)."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.exceptions import NotFound

from oncall.models import User
from statuspage.api import errors
from statuspage.api.dialect import CrudViewSet
from statuspage.api.filters import NoticeTemplateFilterSet, UpdateTemplateFilterSet
from statuspage.api.forms import NoticeTemplateForm, UpdateTemplateForm
from statuspage.api.shapes import NoticeTemplateSerializer, UpdateTemplateSerializer
from statuspage.models import NoticeTemplate, UpdateTemplate
from statuspage.services import templates


class TemplateViewSet(CrudViewSet):
    """What the two kinds share."""

    lookup_field = "key"
    write_role = User.Role.EDITOR
    page_size = 25
    model: ClassVar[Any]

    def get_queryset(self) -> Any:
        return self.model.objects.filter(page=self.page).order_by("name", "pk")

    def get_object(self) -> Any:
        found = self.get_queryset().filter(key=self.kwargs["id"]).first()
        if found is None:
            raise NotFound(errors.NOT_FOUND)
        return found

    def make(self, values: dict[str, Any]) -> Any:
        return templates.create_template(self.model, self.page, values, now=self.now)

    def change(self, row: Any, values: dict[str, Any]) -> Any:
        return templates.update_template(row, values, now=self.now)

    def remove(self, row: Any) -> None:
        row.delete()


class NoticeTemplateViewSet(TemplateViewSet):
    """Beginnings of notices."""

    model = NoticeTemplate
    queryset = NoticeTemplate.objects.none()
    serializer_class = NoticeTemplateSerializer
    form_class = NoticeTemplateForm
    filterset_class = NoticeTemplateFilterSet
    resource = "notice_template"


class UpdateTemplateViewSet(TemplateViewSet):
    """Comments to be."""

    model = UpdateTemplate
    queryset = UpdateTemplate.objects.none()
    serializer_class = UpdateTemplateSerializer
    form_class = UpdateTemplateForm
    filterset_class = UpdateTemplateFilterSet
    resource = "update_template"
