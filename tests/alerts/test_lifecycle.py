"""One test per cell and door of the table in decisions.md, and the same table walked on real rows."""

from __future__ import annotations

import pytest

from alerts import services
from alerts.lifecycle import Door, Verb, allowed_from, is_allowed, oncall_state, pagertree_status
from alerts.models import Alert, Source
from tests import builders
from tests.conftest import World, m

ALL = ["routable", "open", "silenced", "acknowledged", "dropped", "suppressed", "aggregating", "resolved", "archived"]

# verb: (domain, OnCall, a PagerTree user, a monitor), each the statuses from which it is legal
TABLE = {
    "acknowledge": (
        "open silenced dropped suppressed",
        "open silenced dropped suppressed",
        "open silenced dropped",
        "open silenced dropped",
    ),
    "unacknowledge": ("acknowledged", "acknowledged", "", ""),
    "resolve": (
        "routable open silenced acknowledged dropped suppressed aggregating",
        "routable open silenced acknowledged dropped suppressed aggregating",
        "acknowledged",
        "routable open silenced acknowledged dropped suppressed aggregating",
    ),
    "unresolve": ("resolved", "resolved", "", ""),
    "silence": ("open silenced dropped", "open silenced dropped", "", ""),
    "unsilence": ("silenced", "silenced", "", ""),
    "reject": ("open", "", "open", ""),
    "hand_off": ("open silenced acknowledged dropped", "", "open silenced acknowledged dropped", ""),
    "archive": ("resolved dropped", "", "resolved dropped", ""),
}
DOORS = (Door.DOMAIN, Door.ONCALL, Door.PAGERTREE, Door.MONITOR)
CELLS = [
    (verb, status, door, status in row[number].split())
    for verb, row in TABLE.items()
    for number, door in enumerate(DOORS)
    for status in ALL
]


def test_the_table_names_every_verb_and_status() -> None:
    assert set(TABLE) == set(Verb)
    assert set(ALL) == set(Alert.Status)


@pytest.mark.parametrize(("verb", "status", "door", "legal"), CELLS)
def test_a_verb_is_legal_exactly_where_the_table_says(verb: str, status: str, door: Door, legal: bool) -> None:
    assert is_allowed(Verb(verb), status, door) is legal


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("verb", list(Verb))
def test_a_door_never_widens_the_domain(verb: Verb, door: Door) -> None:
    assert allowed_from(verb, door) <= allowed_from(verb)


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        ("routable", "firing", "routable"),
        ("open", "firing", "open"),
        ("silenced", "silenced", "open"),
        ("acknowledged", "acknowledged", "acknowledged"),
        ("dropped", "firing", "dropped"),
        ("suppressed", "firing", "suppressed"),
        ("aggregating", "firing", "aggregating"),
        ("resolved", "resolved", "resolved"),
        ("archived", "resolved", "archived"),
    ],
)
def test_each_dialect_has_its_word_for_a_status(status: str, state: str, word: str) -> None:
    assert (oncall_state(status), pagertree_status(status)) == (state, word)


MOVES = {
    "acknowledge": "acknowledged",
    "unacknowledge": "open",
    "resolve": "resolved",
    "unresolve": "open",
    "silence": "silenced",
    "unsilence": "open",
    "archive": "archived",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("status", ALL)
@pytest.mark.parametrize("verb", list(MOVES))
def test_a_service_moves_a_row_or_leaves_it_alone(verb: str, status: str, door: Door, world: World) -> None:
    alert = world.fire(builders.integration())
    Alert.objects.filter(pk=alert.pk).update(status=status, open_key=None)
    before = Alert.objects.values().get(pk=alert.pk)
    lines = len(world.kinds(alert))
    world.now += m(1)
    more = {"until": None} if verb == "silence" else {}
    moved = getattr(services, verb)(alert, by=world.bob, source=Source.CONSOLE, now=world.now, door=door, **more)
    legal = status in TABLE[verb][DOORS.index(door)].split()
    assert moved is legal
    after = Alert.objects.values().get(pk=alert.pk)
    if legal:
        assert (after["status"], after["run"], after["updated_at"]) == (MOVES[verb], before["run"] + 1, world.now)
    else:
        assert after == before
        assert len(world.kinds(alert)) == lines
