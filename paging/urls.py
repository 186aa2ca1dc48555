"""Where the links in messages lead."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from paging.callbacks import reply
from paging.views import chat, me, phone, push, simulator

urlpatterns = [
    path("r/<str:token>", reply, name="reply"),
    path("r/<str:token>/", reply),
    path("r/<str:token>/push", push.answer, name="push-answer"),
    path("hooks/slack", chat.slack, name="hook-slack"),
    path("hooks/slack/", chat.slack),
    path("hooks/telegram", chat.telegram, name="hook-telegram"),
    path("hooks/telegram/", chat.telegram),
    path("hooks/mattermost", chat.mattermost, name="hook-mattermost"),
    path("hooks/mattermost/", chat.mattermost),
    path("phone/<slug:provider>/voice/<str:token>", phone.voice, name="phone-voice"),
    path("phone/<slug:provider>/voice/<str:token>/key", phone.key, name="phone-key"),
    path("phone/<slug:provider>/status/<str:token>", phone.status, name="phone-status"),
    path("phone/<slug:provider>/reply", phone.reply, name="phone-reply"),
    path("simulator", RedirectView.as_view(pattern_name="simulator")),
    path("simulator/", simulator.ringing, name="simulator"),
    path("simulator/<int:pk>/", simulator.phone_page, name="simulator-phone"),
    path("me", RedirectView.as_view(pattern_name="me")),
    path("me/", me.page, name="me"),
    path("me/alerts/<str:public_id>/", me.act, name="me-act"),
    path("me/contacts/", me.add, name="me-add"),
    path("me/contacts/<int:pk>/", me.contact, name="me-contact"),
    path("me/push/", push.register, name="me-push"),
    path("me/sw.js", push.service_worker, name="me-worker"),
    path("me/manifest.webmanifest", push.manifest, name="me-manifest"),
]
