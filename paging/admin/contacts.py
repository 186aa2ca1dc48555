"""What paging adds to a contact method's page: a test message, and the code that proves an address."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest

from base import clock
from oncall.admin.common import Button
from oncall.admin.rules import ContactMethodAdmin
from oncall.models import ContactMethod
from paging import proofs

admin.site.unregister(ContactMethod)


@admin.register(ContactMethod)
class ProvenContactMethodAdmin(ContactMethodAdmin):
    """An address that can be tried out."""

    def buttons(self, request: HttpRequest, obj: ContactMethod) -> list[Button]:
        if not self.has_change_permission(request, obj):
            return []
        return [Button("test", "Send a test" if obj.verified_at else "Send the code")]

    def press(self, request: HttpRequest, obj: ContactMethod, name: str) -> None:
        if name != "test":
            super().press(request, obj, name)
            return
        proofs.send_test(obj, now=clock.now())
        what = "A test message" if obj.verified_at else "A code"
        messages.success(request, f"{what} is on its way to {obj}.")
