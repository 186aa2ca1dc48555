"""The public addresses of plans and people."""

from __future__ import annotations

from django.urls import path

from oncall import views

urlpatterns = [path("on-call/<str:token>/", views.team_calendar, name="team-calendar")]
