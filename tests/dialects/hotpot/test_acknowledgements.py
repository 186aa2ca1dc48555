"""Who acted on a page: one row for each deed, oldest first."""

from __future__ import annotations

from datetime import timedelta

from alerts.models import Source
from alerts.services import delete_alert
from tests import builders
from tests.conftest import World, m
from tests.dialects.hotpot.conftest import Api


def test_nobody_has_acted_on_a_new_a_pending_and_a_failed_request(api: Api) -> None:
    assert api.acknowledgements(api.queue("person", title="a")) == []
    assert api.acknowledgements(api.page("person", recipient="nobody@example.org")) == []
    assert api.acknowledgements(api.page("person", recipient="bob@example.org")) == []


def test_whoever_handles_it_is_named_also_one_who_was_never_paged(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    world.pass_time(m(2) + timedelta(milliseconds=29, microseconds=500))
    world.act("acknowledge", api.alert(request_id), world.carol)
    assert api.acknowledgements(request_id) == [
        {
            "acknowledged_at": "2030-01-07T09:02:00.029Z",
            "acknowledged_by_email": "carol@example.org",
            "acknowledged_by": f"orguser_{world.carol.public_id.lower()}",
            "status": "handled",
        }
    ]


def test_handling_it_again_adds_nothing_and_snoozing_it_first_does(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    alert = api.alert(request_id)
    for minute, user in ((1, world.bob), (2, world.carol)):
        world.act("silence", alert, user, until=world.start + m(60 + minute))
    world.act("acknowledge", alert, world.bob)
    world.act("resolve", alert, world.carol)
    rows = [(row["acknowledged_by_email"], row["status"]) for row in api.acknowledgements(request_id)]
    assert rows == [
        ("bob@example.org", "snoozed"),
        ("carol@example.org", "snoozed"),
        ("bob@example.org", "handled"),
    ]


def test_a_page_that_was_given_back_or_handed_on_is_handled_anew(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    alert = api.alert(request_id)
    world.act("acknowledge", alert, world.bob)
    world.act("unacknowledge", alert, world.bob)
    world.act("acknowledge", alert, world.carol)
    world.act("hand_off", alert, world.carol, to=f"usr_{world.alice.public_id}")
    world.act("resolve", alert, world.alice)
    rows = [(row["acknowledged_by_email"][:5], row["status"]) for row in api.acknowledgements(request_id)]
    assert rows == [("bob@e", "handled"), ("carol", "handled"), ("carol", "escalated"), ("alice", "handled")]


def test_a_deed_that_no_person_did_names_nobody(api: Api, world: World) -> None:
    chain = world.chain(world.bob, m(5), {"type": "resolve"})
    builders.team("ops", escalation_chain=chain)
    request_id = api.page("team", recipient="ops")
    world.pass_time(m(5))
    [row] = api.acknowledgements(request_id)
    assert (row["acknowledged_by"], row["acknowledged_by_email"], row["status"]) == (None, None, "handled")


def test_a_deleted_alert_leaves_the_request_readable(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    before = api.status(request_id)
    delete_alert(api.alert(request_id), by=world.alice, source=Source.CONSOLE)
    assert api.status(request_id) == before
    assert api.acknowledgements(request_id) == []
