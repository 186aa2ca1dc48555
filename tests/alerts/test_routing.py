from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.routing import RouteChoice, RouteProblem, RouteRule, check_expression, choose_route

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
PAYLOAD = {"status": "firing", "labels": {"team": "db", "name": "Größe"}, "n": 1}
DEFAULT = RouteRule(9, "regex", "", is_default=True)


def regex(key: int, expression: str) -> RouteRule:
    return RouteRule(key, "regex", expression, is_default=False)


def jinja(key: int, expression: str) -> RouteRule:
    return RouteRule(key, "jinja2", expression, is_default=False)


def chosen(*rules: RouteRule, payload: Any = PAYLOAD, labels: dict[str, str] | None = None) -> RouteChoice:
    return choose_route(rules, payload, labels, now=NOW)


def test_the_first_match_wins() -> None:
    assert chosen(regex(1, "nothing"), regex(2, "firing"), regex(3, "firing"), DEFAULT) == RouteChoice(2)


def test_the_default_is_asked_last_wherever_it_stands() -> None:
    assert chosen(DEFAULT, regex(1, "firing")) == RouteChoice(1)
    assert chosen(DEFAULT, regex(1, "nothing")) == RouteChoice(9)


def test_without_a_default_nothing_may_match() -> None:
    assert chosen(regex(1, "nothing")) == RouteChoice(None)
    assert chosen() == RouteChoice(None)


@pytest.mark.parametrize(
    "expression",
    [
        '"team": "db"',
        '"db", "name"',
        r"Gr\\u00f6\\u00dfe",
        '"n": 1}$',
        "^{",
        "fir.*db",
    ],
)
def test_a_regex_searches_the_payload_as_spaced_ascii_json(expression: str) -> None:
    assert chosen(regex(1, expression), DEFAULT).key == 1


@pytest.mark.parametrize("expression", ['"team":"db"', "Größe", "^firing", "FIRING"])
def test_a_regex_that_is_not_in_the_json_does_not_match(expression: str) -> None:
    assert chosen(regex(1, expression), DEFAULT) == RouteChoice(9)


def test_a_template_matches_when_it_says_yes() -> None:
    assert chosen(jinja(1, "{{ payload.labels.team == 'db' }}"), DEFAULT).key == 1
    assert chosen(jinja(1, "{{ payload.labels.team }}"), DEFAULT) == RouteChoice(9)


def test_a_template_sees_the_labels_and_the_time() -> None:
    assert chosen(jinja(1, "{{ labels.env == 'prod' }}"), DEFAULT, labels={"env": "prod"}).key == 1
    assert chosen(jinja(1, "{{ time().hour == 9 }}"), DEFAULT).key == 1


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (regex(1, "("), "The route '(' was passed over: missing ) at position 1"),
        (
            jinja(1, "{{ x"),
            (
                "The route '{{ x' was passed over: Template Error: unexpected end of template, "
                "expected 'end of print statement'."
            ),
        ),
        (
            jinja(1, "{{ payload.a.b }}"),
            "The route '{{ payload.a.b }}' was passed over: Template Warning: 'dict object' has no attribute 'a'",
        ),
        (
            jinja(1, "{{ range(3) }}"),
            "The route '{{ range(3) }}' was passed over: Template Error: 'range' must not be called",
        ),
        (
            regex(1, "((a{1000}){1000}){1000}"),
            "The route '((a{1000}){1000}){1000}' was passed over: the regular expression repeats too much",
        ),
    ],
)
def test_a_broken_route_is_passed_over_and_told(rule: RouteRule, problem: str) -> None:
    assert chosen(rule, regex(2, "firing"), DEFAULT) == RouteChoice(2, (RouteProblem(1, problem),))


def test_a_route_that_takes_too_long_is_passed_over_and_told() -> None:
    found = chosen(regex(1, "(.*a){30}x"), regex(2, "aaa"), DEFAULT, payload={"x": "a" * 5000})
    assert found == RouteChoice(2, (RouteProblem(1, "The route '(.*a){30}x' was passed over: it takes too long"),))


@pytest.mark.parametrize("payload", [[], "text", 3, None, {}, {"\ud800": float("nan")}])
def test_any_payload_finds_the_default(payload: Any) -> None:
    assert chosen(regex(1, "firing"), DEFAULT, payload=payload).key == 9


@pytest.mark.parametrize(
    ("kind", "expression", "complaint"),
    [
        ("regex", "(", "Regular expression is incorrect"),
        ("regex", "*", "Regular expression is incorrect"),
        ("regex", "((a{1000}){1000}){1000}", "Regular expression is incorrect"),
        ("jinja2", "{{ x", "Jinja template is incorrect"),
        ("jinja2", "{{ x | nope }}", "Jinja template is incorrect"),
        ("labels", "x", "Invalid route type"),
        ("regex", "a" * 1025, "Ensure this field has no more than 1024 characters."),
        ("jinja2", "a" * 1025, "Ensure this field has no more than 1024 characters."),
        ("regex", "a" * 1024, None),
        ("regex", "fir(ing)?", None),
        ("jinja2", "{{ payload.a.b }}", None),
    ],
)
def test_an_expression_is_checked_in_the_words_of_the_wire(kind: str, expression: str, complaint: str | None) -> None:
    assert check_expression(kind, expression) == complaint
