"""What holds for every address of every HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver
from rest_framework.mixins import ListModelMixin
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSetMixin

from config.schemas import DIALECTS


def patterns(entries: list[Any]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns)
        else:
            yield entry


ROUTES = [
    pytest.param(url.callback, id=f"{dialect.slug} {url.pattern}")
    for dialect in DIALECTS
    for url in patterns(import_module(dialect.urlconf).urlpatterns)
]


@pytest.mark.parametrize("view", ROUTES)
def test_every_route_is_a_view_set_that_declares_what_it_reads_and_writes(view: Any) -> None:
    assert issubclass(view.cls, ViewSetMixin)
    assert issubclass(view.cls.serializer_class, BaseSerializer)


@pytest.mark.parametrize("view", ROUTES)
def test_every_list_is_filtered_by_a_declared_filter_set(view: Any) -> None:
    lists = "list" in view.actions.values() and issubclass(view.cls, ListModelMixin)
    assert not lists or view.cls.filterset_class is not None


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.slug)
def test_each_schema_comes_without_a_warning(dialect: Any, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", urlconf=dialect.urlconf, validate=True, fail_on_warn=True)
    out, err = capsys.readouterr()
    assert out.startswith("openapi: 3")
    assert not err
