"""What status pages add to an alert's page: its notices, and the way to write one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from alerts.admin.alerts import Line
from alerts.models import Alert
from oncall.admin.common import Button, may_edit
from paging.admin.alerts import PagedAlertAdmin
from statuspage.models import StatusPage
from statuspage.services import notices
from statuspage.services.notices import Audience, Draft

WRITE, RESOLVE = "write_notice", "resolve_notice"

admin.site.unregister(Alert)


@admin.register(Alert)
class PublishedAlertAdmin(PagedAlertAdmin):
    """An alert with what the public was told of it."""

    def lines(self, request: HttpRequest, alert: Alert) -> list[Line]:
        changes = [
            Line(one.at, "notice", f"Notice “{notice}”: {one.get_state_display().lower()}")
            for notice in alert.notices.prefetch_related("changes")
            for one in notice.changes.all()
        ]
        return [*super().lines(request, alert), *changes]

    def buttons(self, request: HttpRequest, obj: Alert) -> list[Button]:
        found = super().buttons(request, obj)
        if not may_edit(request):
            return found
        if obj.has_ended:
            if open_ones := notices.to_resolve_with(obj):
                confirm = f"Resolve too: {', '.join(map(str, open_ones))}. Who was told of it is told."
                found.append(Button(RESOLVE, "Resolve the notice too", confirm=confirm))
        elif StatusPage.objects.exists():
            found.append(Button(WRITE, "Write a notice"))
        return found

    def press(self, request: HttpRequest, obj: Alert, name: str) -> None:
        if name == WRITE:
            return
        if name != RESOLVE:
            super().press(request, obj, name)
            return
        user: Any = request.user
        for notice in notices.to_resolve_with(obj):
            state = "complete" if notice.type == "planned" else "resolved"
            told = Audience.AFFECTED if notice.published_at else Audience.NOBODY
            notices.update_notice(notice, Draft(state=state, audience=told), by=user, now=timezone.now())
            messages.success(request, f"{notice} is {state} now.")

    def after_press(self, obj: Alert, name: str) -> str:
        if name == WRITE:
            return f"{reverse('admin:statuspage_notice_add')}?alert={obj.pk}"
        return super().after_press(obj, name)
