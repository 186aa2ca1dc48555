"""The OnCall API: configuration, runtime, and the doors that monitors knock on."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from alerts.api.grafana.urls import inbound_urls

BASES = ("api/v1/", "oncall/api/v1/")  # clients append the first to any base they are given
INBOUND = ("integrations/v1/", "oncall/integrations/v1/")

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASES[0], include("oncall.api.urls")),
    path(BASES[0], include("alerts.api.grafana.urls")),
    path(BASES[0], include("paging.api.grafana_urls")),
    path(INBOUND[0], include(inbound_urls)),
]
aliases: list[URLPattern | URLResolver] = [
    path(BASES[1], include("oncall.api.urls")),
    path(BASES[1], include("alerts.api.grafana.urls")),
    path(BASES[1], include("paging.api.grafana_urls")),
    path(INBOUND[1], include(inbound_urls)),
]
