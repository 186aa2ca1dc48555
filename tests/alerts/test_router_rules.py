"""The language of routers: what matches, what is done, and what is refused (spec/pagertree C7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import router_checks, router_matching, router_rules
from alerts.router_actions import RulesError, duration, filled
from alerts.router_time import ConditionError

MONDAY = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
ALERT: dict[str, Any] = {
    "title": "CPU over 95%",
    "description": None,
    "urgency": "high",
    "tags": ["web", "prod"],
    "meta": {"count": 7, "incident": True, "hosts": [{"name": "a", "load": 1}, {"name": "b", "load": 9}], "empty": []},
    "thirdparty_id": "abc-123",
}
DATA = {"always": True, "alert": ALERT, "log": {"data": {"env": "prod", "level": 3.5}}}


def holds(query: Any, now: datetime = MONDAY) -> bool:
    router_checks.check(query)
    return router_matching.matches(query, DATA, now=now)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, True),
        ({"always": True}, True),
        ({"always": False}, False),
        ({"alert.urgency": "high"}, True),
        ({"alert.urgency": "HIGH"}, False),
        ({"alert.urgency": "high", "alert.title": "nothing"}, False),
        ({"alert.meta.incident": True}, True),
        ({"alert.meta.incident": 1}, False),
        ({"alert.meta.count": 7}, True),
        ({"alert.meta.count": 7.0}, True),
        ({"alert.meta.count": "7"}, False),
        ({"alert.tags": "web"}, True),
        ({"alert.tags": ["web", "prod"]}, True),
        ({"alert.tags": ["prod", "web"]}, False),
        ({"alert.tags.0": "web"}, True),
        ({"alert.meta.hosts.name": "b"}, True),
        ({"alert.meta.hosts.name": "c"}, False),
        ({"alert.meta.hosts.1.name": "b"}, True),
        ({"alert.description": None}, True),
        ({"alert.nothing": None}, True),
        ({"alert.nothing": "x"}, False),
        ({"alert.title.length": 3}, False),
        ({"alert.meta": {"count": 7}}, False),
        ({"log.data.env": "prod"}, True),
    ],
)
def test_equality_follows_paths_and_lists(query: Any, expected: bool) -> None:
    assert holds(query) is expected


@pytest.mark.parametrize(
    ("path", "operators", "expected"),
    [
        ("urgency", {"$eq": "high"}, True),
        ("urgency", {"$ne": "high"}, False),
        ("nothing", {"$ne": "high"}, True),
        ("urgency", {"$in": ["low", "high"]}, True),
        ("urgency", {"$in": []}, False),
        ("tags", {"$in": ["prod", "x"]}, True),
        ("tags", {"$nin": ["prod"]}, False),
        ("nothing", {"$in": [None]}, True),
        ("nothing", {"$nin": ["x"]}, True),
        ("tags", {"$all": ["web", "prod"]}, True),
        ("tags", {"$all": ["web", "x"]}, False),
        ("tags", {"$size": 2}, True),
        ("tags", {"$size": 1}, False),
        ("meta.empty", {"$size": 0}, True),
        ("title", {"$size": 12}, False),
        ("nothing", {"$exists": False}, True),
        ("nothing", {"$exists": True}, False),
        ("description", {"$exists": True}, True),
        ("meta.count", {"$gt": 6}, True),
        ("meta.count", {"$gt": 7}, False),
        ("meta.count", {"$gte": 7}, True),
        ("meta.count", {"$lt": 7}, False),
        ("meta.count", {"$lte": 7, "$gt": 6}, True),
        ("meta.count", {"$lte": 7, "$gt": 7}, False),
        ("meta.count", {"$gt": "6"}, False),
        ("meta.incident", {"$gte": 0}, False),
        ("meta.hosts.load", {"$gt": 8}, True),
        ("description", {"$lt": 9}, False),
        ("thirdparty_id", {"$gt": "abc"}, True),
        ("meta.count", {"$mod": [4, 3]}, True),
        ("meta.count", {"$mod": [4, 2]}, False),
        ("title", {"$mod": [4, 3]}, False),
        ("title", {"$not": {"$regex": "^CPU"}}, False),
        ("nothing", {"$not": {"$exists": True}}, True),
        ("title", {"$type": "string"}, True),
        ("title", {"$type": "number"}, False),
        ("meta.incident", {"$type": "bool"}, True),
        ("meta.incident", {"$type": "number"}, False),
        ("tags", {"$type": "array"}, True),
        ("meta", {"$type": "object"}, True),
        ("description", {"$type": "null"}, True),
        ("nothing", {"$type": "null"}, False),
        ("title", {"$regex": "^CPU"}, True),
        ("title", {"$regex": "^cpu"}, False),
        ("title", {"$regex": "^cpu", "$options": "i"}, True),
        ("title", {"$options": "i", "$regex": "^cpu"}, True),
        ("tags", {"$regex": "^pr"}, True),
        ("meta.count", {"$regex": "7"}, False),
        ("meta.hosts", {"$elemMatch": {"name": "b", "load": {"$gt": 5}}}, True),
        ("meta.hosts", {"$elemMatch": {"name": "a", "load": {"$gt": 5}}}, False),
        ("tags", {"$elemMatch": {"$regex": "^w"}}, True),
        ("title", {"$elemMatch": {"$eq": "x"}}, False),
    ],
)
def test_each_operator(path: str, operators: Any, expected: bool) -> None:
    assert holds({f"alert.{path}": operators}) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"$and": [{"alert.urgency": "high"}, {"alert.tags": "web"}]}, True),
        ({"$and": [{"alert.urgency": "high"}, {"alert.tags": "x"}]}, False),
        ({"$or": [{"alert.urgency": "low"}, {"alert.tags": "web"}]}, True),
        ({"$or": [{"alert.urgency": "low"}, {"alert.tags": "x"}]}, False),
        ({"$nor": [{"alert.urgency": "low"}, {"alert.tags": "x"}]}, True),
        ({"$nor": [{"alert.urgency": "high"}]}, False),
        ({"$not": {"alert.urgency": "low"}}, True),
        ({"$or": [{"$and": [{"always": True}, {"$not": {"always": False}}]}]}, True),
    ],
)
def test_conditions_are_joined(query: Any, expected: bool) -> None:
    assert holds(query) is expected


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 7) -> datetime:
    return datetime(2030, 1, day, hour, minute, second, tzinfo=UTC)


NIGHT = {"starttime": "06:00 pm", "endtime": "08:00 am"}
WORK = {"starttime": "08:00 am", "endtime": "05:00 pm", "timezone": "America/New_York"}


@pytest.mark.parametrize(
    ("query", "now", "expected"),
    [
        ({"$timeBetween": NIGHT}, at(17, 59, 59), False),
        ({"$timeBetween": NIGHT}, at(18), True),
        ({"$timeBetween": NIGHT}, at(0), True),
        ({"$timeBetween": NIGHT}, at(8, 0, 59), True),
        ({"$timeBetween": NIGHT}, at(8, 1), False),
        ({"$timeBetween": WORK}, at(12, 59, 59), False),
        ({"$timeBetween": WORK}, at(13), True),
        ({"$timeBetween": WORK}, at(22), True),
        ({"$timeBetween": WORK}, at(22, 1), False),
        ({"$timeBetween": {"starttime": "09:00", "endtime": "09:00", "timeformat": "HH:mm"}}, at(9), True),
        ({"always": {"$timeBetween": NIGHT}}, at(19), True),
        ({"$day": 1}, at(9), True),
        ({"$day": {"$in": [6, 7]}}, at(9), False),
        ({"$day": {"$in": [6, 7]}}, at(9, day=12), True),
        ({"$day": {"$eq": 7, "timezone": "America/New_York"}}, at(4, 59), True),
        ({"$day": {"$eq": 7, "timezone": "America/New_York"}}, at(5), False),
        ({"always": {"$day": {"$lte": 5}}}, at(9), True),
        ({"$now": "2030-01-07"}, at(9), True),
        ({"$now": {"$in": ["2030-12-24", "2030-01-07"]}}, at(9), True),
        ({"$now": {"$regex": "^12-2[4-6]$", "format": "MM-DD"}}, at(9), False),
        ({"$now": {"$eq": "07 09:00 AM", "format": "DD hh:mm A"}}, at(9), True),
    ],
)
def test_the_time_of_day_decides(query: Any, now: datetime, expected: bool) -> None:
    assert holds(query, now) is expected


def test_the_time_of_day_follows_the_change_of_clocks() -> None:
    query = {"$timeBetween": WORK}
    summer = datetime(2030, 7, 1, 12, 0, tzinfo=UTC)
    assert (holds(query, summer), holds(query, summer - timedelta(minutes=1))) == (True, False)


@pytest.mark.parametrize(
    "query",
    [
        [],
        "always",
        {"$where": "1"},
        {"alert.title": {"$where": "1"}},
        {"$and": {}},
        {"$or": []},
        {"alert.title": {"$in": "x"}},
        {"alert.title": {"$regex": "("}},
        {"alert.title": {"$regex": 7}},
        {"alert.title": {"$regex": "x", "$options": "g"}},
        {"alert.title": {"$options": "i"}},
        {"alert.title": {"$mod": [0, 1]}},
        {"alert.title": {"$mod": [2]}},
        {"alert.title": {"$type": "nan"}},
        {"alert.title": {"$size": True}},
        {"alert.title": {"$exists": 1}},
        {"alert.title": {"$not": {"$wrong": 1}}},
        {"$timeBetween": {"starttime": "25:00 pm", "endtime": "08:00 am"}},
        {"$timeBetween": {"starttime": "08:00 am"}},
        {"$timeBetween": {**NIGHT, "timezone": "Mars/Base"}},
        {"$timeBetween": "night"},
        {"$day": {"$eq": 1, "timezone": 7}},
        {"$now": {"$eq": "x", "format": 7}},
        {"$day": {"$wrong": 1}},
    ],
)
def test_what_cannot_be_understood_is_refused_when_it_is_saved(query: Any) -> None:
    with pytest.raises(ConditionError):
        router_checks.check(query)


def test_a_condition_may_not_be_bottomless() -> None:
    query: Any = {"always": True}
    for _ in range(30):
        query = {"$and": [query]}
    with pytest.raises(ConditionError, match="nested deeper"):
        router_checks.check(query)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text("ab.$0", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab0", max_size=2), inner, max_size=3),
    max_leaves=8,
)
OPERATORS = [
    {"$eq": 1}, {"$in": ["a", None, 1]}, {"$gt": 1}, {"$lte": "a"}, {"$mod": [2, 0]}, {"$regex": "a"}, {"$size": 1},
    {"$elemMatch": {"a": 1}}, {"$elemMatch": {"$gt": 0}}, {"$all": ["a"]}, {"$type": "number"}, {"$exists": True},
]  # fmt: skip


@given(
    data=JSON, path=st.lists(st.sampled_from(["a", "b", "0"]), min_size=1, max_size=3), op=st.sampled_from(OPERATORS)
)
def test_data_of_any_shape_raises_nothing_and_not_is_the_opposite(data: Any, path: list[str], op: Any) -> None:
    name = ".".join(path)
    plain = router_matching.matches({name: op}, data, now=MONDAY)
    assert router_matching.matches({name: {"$not": op}}, data, now=MONDAY) is not plain
    assert router_matching.matches({"$nor": [{name: op}]}, data, now=MONDAY) is not plain


def decide(text: str, now: datetime = MONDAY) -> Any:
    return router_rules.decide(router_rules.parse(text), {"alert": ALERT}, now=now)


def test_only_the_first_rule_that_matches_acts() -> None:
    outcome = decide("""
rules:
- match: {alert.urgency: low}
  actions: [{type: ignore}]
- match: {alert.urgency: high}
  actions: [{type: assign, receiver: tem_ONE}]
- match: {always: true}
  actions: [{type: assign, receiver: tem_TWO}]
""")
    assert (outcome.rule, outcome.receivers, outcome.is_silent) == (2, ("tem_ONE",), False)


def test_no_rule_that_matches_asks_for_nothing() -> None:
    assert decide("rules: [{match: {always: false}, actions: [ignore]}]").rule is None
    assert decide("") == decide("rules: []")


def test_several_assigns_accumulate_and_the_longest_delay_counts() -> None:
    outcome = decide("""
- match: {always: true}
  actions:
  - assign: {receiver: [tem_A, usr_B], delay: 5m}
  - assign: {receiver: [usr_B, skd_C], delay: 1m}
""")
    assert (outcome.receivers, outcome.delay) == (("tem_A", "usr_B", "skd_C"), timedelta(minutes=5))


def test_the_other_actions() -> None:
    outcome = decide("""
rules:
- match: {always: true}
  actions:
  - type: incident
    severity: sev-1
    message: "join {{alert.thirdparty_id}}"
  - type: setval
    map: {title: "Hot: {{ alert.title }}", urgency: critical, tags: [a, "{{alert.urgency}}", a], description: "{{no}}"}
  - type: stakeholder
    ids: [stk_A, stk_A]
  - record
""")
    assert dict(outcome.incident) == {
        "incident": True,
        "incident_severity": "SEV-1",
        "incident_message": "join abc-123",
    }
    assert dict(outcome.values) == {
        "title": "Hot: CPU over 95%",
        "urgency": "critical",
        "tags": ["a", "high"],
        "description": "",
    }
    assert (outcome.stakeholders, outcome.recorded, outcome.is_silent) == (("stk_A",), True, True)


def test_alerts_are_alike_by_what_lies_at_the_paths() -> None:
    text = "[{match: {always: true}, actions: [{aggregate: {by: [alert.urgency, alert.meta.x], timeout: 10m}}]}]"
    rules = router_rules.parse(text)

    def fold(**alert: Any) -> Any:
        return router_rules.decide(rules, {"alert": alert}, now=MONDAY).fold

    assert fold(urgency="low").window == timedelta(minutes=10)
    assert fold(urgency="low", title="a") == fold(urgency="low", title="b")
    assert fold(urgency="low") != fold(urgency="high")
    assert fold(urgency="low", meta={"x": None}) != fold(urgency="low")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: {}", "must be a list"),
        ("just a text", "must be a list"),
        ("rules: [", "this is not YAML"),
        ("rules: [{match: {always: true}}]", "rule 1: actions must be a list"),
        ("rules: [{actions: [ignore], matches: {}}]", "rule 1: must have match and actions"),
        ("rules: [{actions: [explode]}]", "rule 1: there is no action 'explode'"),
        ("rules: [{actions: [{type: assign}]}]", "rule 1: assign: say who receives it"),
        ("rules: [{actions: [{type: assign, receiver: 7}]}]", "rule 1: assign: receiver must be"),
        ("rules: [{actions: [{type: assign, receiver: tem_A, delay: soon}]}]", "'soon' is not a duration"),
        ("rules: [{actions: [{type: assign, receiver: tem_A, delay: 31d}]}]", "longer than 30 days"),
        ("rules: [{actions: [{type: aggregate}]}]", "say what makes alerts alike"),
        ("rules: [{actions: [{type: incident, severity: 9}]}]", "severity must be one of"),
        ("rules: [{actions: [{type: setval, map: {status: open}}]}]", "map must set some of"),
        ("rules: [{actions: [{type: setval, map: {urgency: loud}}]}]", "urgency must be one of"),
        ("rules: [{actions: [{type: setval, map: {title: ' '}}]}]", "title must not be blank"),
        ("rules: [{actions: [{type: stakeholder}]}]", "say who wants to know"),
        ("rules: [{actions: [ignore], match: {alert.title: {$regex: '('}}}]", "rule 1: match: $regex"),
        ("a: &a [x]\nrules: *a", "aliases are not allowed"),
        ("rules: !!python/object/apply:os.system ['true']", "tags are not allowed"),
        ("rules: !!set {}", "tags are not allowed"),
        ("[" * 5000, "this YAML cannot be read"),
        ("x" * 100_001, "at most 100000 characters"),
        ("rules:\n" + "- {actions: [ignore]}\n" * 201, "at most 200 rules"),
        ("rules: [{? [a] : b}]", "this is not YAML"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(RulesError) as refused:
        router_rules.parse(text)
    assert said in str(refused.value)


def test_yaml_keeps_dates_and_times_of_day_as_they_are_written() -> None:
    rules = router_rules.parse("""
- match: {alert.a: 2030-01-07, alert.b: 18:30, alert.c: 007, alert.d: 7, alert.e: 1.5, alert.f: yes}
  actions: [ignore]
""")
    assert dict(rules[0].match) == {
        "alert.a": "2030-01-07",
        "alert.b": "18:30",
        "alert.c": "007",
        "alert.d": 7,
        "alert.e": 1.5,
        "alert.f": True,
    }


def test_a_pattern_that_takes_too_long_passes_its_rule_over_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router_matching, "REGEX_SECONDS", 0.01)
    rules = router_rules.parse("""
- {match: {alert.title: {$regex: '^(a|aa|b)+$'}}, actions: [ignore]}
- {match: {always: true}, actions: [{assign: {receiver: tem_A}}]}
""")
    outcome = router_rules.decide(rules, {"alert": {"title": "a" * 60 + "!"}}, now=MONDAY)
    assert (outcome.rule, outcome.receivers) == (2, ("tem_A",))
    assert outcome.problems == ("Rule 1 was passed over: its regular expression takes too long.",)


def test_an_alert_does_not_wait_for_many_bad_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router_matching, "REGEX_SECONDS", 0.01)
    bad = "- {match: {alert.title: {$regex: '^(a|aa|b)+$'}}, actions: [ignore]}\n"
    outcome = router_rules.decide(router_rules.parse(bad * 100), {"alert": {"title": "a" * 60 + "!"}}, now=MONDAY)
    assert (outcome.rule, len(outcome.problems)) == (None, 4)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("5m", 300),
        ("1h", 3600),
        ("1d", 86_400),
        ("1.5 hours", 5400),
        ("250", 0.25),
        (1000, 1),
        ("0", 0),
        ("2 W", 1_209_600),
    ],
)
def test_durations(raw: Any, seconds: float) -> None:
    assert duration(raw) == timedelta(seconds=seconds)


@pytest.mark.parametrize("raw", ["", "m", "-5m", "5x", "5m 3s", True, None, "1e9"])
def test_what_is_no_duration(raw: Any) -> None:
    with pytest.raises(RulesError):
        duration(raw)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{alert.title}}", "CPU over 95%"),
        ("{{{ alert.meta.count }}}!", "7!"),
        ("{{alert.tags.1}} {{alert.tags}}", 'prod ["web", "prod"]'),
        ("{{alert.__class__}}{{nothing}}", ""),
        ("{{#if alert.title}}x{{/if}}", "{{#if alert.title}}x{{/if}}"),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
    ],
)
def test_places_are_filled_and_nothing_is_evaluated(text: str, shown: str) -> None:
    assert filled(text, {"alert": ALERT}) == shown
