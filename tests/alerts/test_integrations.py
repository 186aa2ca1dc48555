"""The doors that monitors knock on, and the one that they do not."""

from __future__ import annotations

import pytest

from alerts import services
from alerts.models import Integration, Route, Source
from base.errors import Conflict
from tests import builders
from tests.conftest import World


def test_direct_paging_is_made_once_with_its_default_route(world: World) -> None:
    first = services.direct_paging(now=world.now)
    assert services.direct_paging(now=world.now) == first
    assert (Integration.objects.count(), Route.objects.get().is_default) == (1, True)
    assert services.direct_paging(builders.team("web"), now=world.now) != first


def test_people_can_page_each_other_though_somebody_took_the_name(world: World) -> None:
    builders.integration(name="Direct paging")
    bob = f"usr_{world.bob.public_id}"
    alert, _ = services.create_alert(
        title="Come", destinations=[bob], by=world.alice, source=Source.CONSOLE, now=world.now
    )
    assert alert.integration.type == "direct_paging"
    assert services.direct_paging(now=world.now) == alert.integration


def test_a_refused_name_leaves_nothing_behind(world: World) -> None:
    builders.integration(name="Prometheus")
    with pytest.raises(Conflict):
        services.create_integration(type_slug="webhook", name="Prometheus", now=world.now)
    assert (Integration.objects.count(), Route.objects.count()) == (1, 1)
