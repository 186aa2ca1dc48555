"""What a page must not show to everybody."""

from __future__ import annotations

import pytest
from django.contrib import admin as site
from django.urls import reverse

from alerts.models import Integration
from oncall.models import User, Webhook
from oncall.services import keys
from paging.models import Notification
from tests import builders
from tests.console.conftest import browser


def text(user: User, name: str, *args: object) -> str:
    answer = browser(user).get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_viewer_does_not_see_an_integrations_address(loaded: None, viewer: User, editor: User) -> None:
    row = Integration.objects.get(type="alertmanager")
    assert row.token not in text(viewer, "alerts_integration_change", row.pk)
    shown = text(editor, "alerts_integration_change", row.pk)
    assert f"url: {row.link}" in shown  # ready to be copied into alertmanager.yml


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_no_list_shows_a_secret(role: str, loaded: None, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(role)
    _, token = keys.issue_key(user, now=builders.START)
    builders.webhook("hook", "https://hooks.example.org/T0KEN", password="hush-hush", headers='{"X-Key": "hush-hush"}')
    secrets = [token, "T0KEN", "hush-hush", "/r/", *Integration.objects.values_list("token", flat=True)]
    client = browser(user)
    for model in site.site._registry:
        answer = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        shown = answer.content.decode()
        assert [secret for secret in secrets if secret in shown] == [], model


def test_a_webhooks_secrets_are_shown_to_nobody(admin: User, viewer: User) -> None:
    row = builders.webhook("hook", "https://hooks.example.org/T0KEN", password="hush-1", authorization_header="hush-2")
    for user in (admin, viewer):
        shown = text(user, "oncall_webhook_change", row.pk)
        assert "hush" not in shown
    assert "T0KEN" not in text(viewer, "oncall_webhook_change", row.pk)


def test_saving_a_webhook_keeps_the_secrets_that_were_left_empty(admin: User) -> None:
    row = builders.webhook("hook", "https://hooks.example.org/", password="hush-1", authorization_header="hush-2")
    form = {"name": "renamed", "enabled": "on", "trigger_type": "escalation", "http_method": "POST"}
    more = {"url": row.url, "integration_filter": "[]", "password": "", "authorization_header": "new"}
    answer = browser(admin).post(reverse("admin:oncall_webhook_change", args=(row.pk,)), form | more)
    assert answer.status_code == 302
    saved = Webhook.objects.get(pk=row.pk)
    assert (saved.name, saved.password, saved.authorization_header) == ("renamed", "hush-1", "new")


def test_a_message_is_read_by_admins_and_by_whom_it_was_written_to(
    loaded: None, admin: User, editor: User, viewer: User
) -> None:
    row = Notification.objects.order_by("pk").first()
    assert row is not None
    assert "/r/" in text(admin, "paging_notification_change", row.pk)
    assert "/r/" not in text(editor, "paging_notification_change", row.pk)
    assert "/r/" not in text(viewer, "paging_notification_change", row.pk)
    Notification.objects.filter(pk=row.pk).update(user=editor)
    assert "/r/" in text(editor, "paging_notification_change", row.pk)


def test_the_link_in_a_kept_message_can_be_followed(loaded: None, admin: User) -> None:
    row = Notification.objects.order_by("pk").first()
    assert row is not None
    shown = text(admin, "paging_notification_change", row.pk)
    start = shown.index('href="', shown.index("t-message")) + len('href="')
    assert "/r/" in shown[start : shown.index('"', start)]


def test_nobodys_password_hash_is_shown(admin: User, viewer: User) -> None:
    assert admin.password
    for user in (admin, viewer):
        assert "md5" not in text(user, "oncall_user_change", admin.pk).lower()
