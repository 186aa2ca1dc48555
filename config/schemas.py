"""A schema and a Swagger page per HTTP API, from packaged assets."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView


@dataclass(frozen=True, slots=True)
class Dialect:
    """One HTTP API that this server speaks."""

    slug: str
    title: str
    says: str
    header: str = "Authorization: <key>"

    @property
    def urlconf(self) -> str:
        """The module that holds its addresses."""
        return f"config.dialects.{self.slug}"

    @property
    def settings(self) -> dict[str, object]:
        """What drf-spectacular needs to know of this one."""
        scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "description": self.header}
        return {
            "TITLE": f"Tocsin: {self.title}",
            "DESCRIPTION": self.says,
            "APPEND_COMPONENTS": {"securitySchemes": {"key": scheme}},
            "SECURITY": [{"key": []}],
        }


DIALECTS = (
    Dialect("oncall", "OnCall API", "People, schedules, escalation chains, integrations and alert groups."),
    Dialect("pagertree", "PagerTree API", "Alerts, from open to archived."),
    Dialect("sorry", "Sorry API", "Status pages, their components and notices, and who is told.", "Bearer <token>"),
    Dialect(
        "hotpot", "Hotpot API", "Pages to people and teams, and what became of them.", "Authorization: Bearer <key>"
    ),
)


def index(request: HttpRequest) -> HttpResponse:
    """Say which APIs there are."""
    return render(request, "docs/index.html", {"dialects": DIALECTS})


def _urls(dialect: Dialect) -> list[URLPattern]:
    schema = SpectacularAPIView.as_view(urlconf=dialect.urlconf, custom_settings=dialect.settings)
    page = SpectacularSwaggerView.as_view(url_name=f"schema-{dialect.slug}", title=f"Tocsin: {dialect.title}")
    return [
        path(f"docs/{dialect.slug}/schema/", schema, name=f"schema-{dialect.slug}"),
        path(f"docs/{dialect.slug}/", page, name=f"docs-{dialect.slug}"),
    ]


urlpatterns = [path("docs/", index, name="docs"), *[url for dialect in DIALECTS for url in _urls(dialect)]]
