"""Where the links in messages lead."""

from __future__ import annotations

from django.urls import path

from paging.callbacks import reply

urlpatterns = [
    path("r/<str:token>", reply, name="reply"),
    path("r/<str:token>/", reply),
]
