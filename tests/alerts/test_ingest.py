from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.ingest import TYPES, Signal, dedup_digest, integration_type, prepare, read, template_text
from alerts.ingest.storable import storable
from alerts.ingest.templates import GROUPED, SINGLE, TEMPLATE_KEYS, flatten, nest
from alerts.rendering import check_syntax
from base.errors import Invalid
from tests.alerts import payloads

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
SLUGS = sorted(TYPES)
SAMPLES = [*payloads.WEIRD, payloads.alertmanager(), payloads.FORMATTED]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
known_names = st.sampled_from(
    [
        "alerts",
        "status",
        "state",
        "groupKey",
        "groupLabels",
        "commonLabels",
        "commonAnnotations",
        "labels",
        "title",
        "annotations",
        "message",
        "alert_uid",
        "image_url",
        "numFiring",
        "url",
        "startsAt",
        "endsAt",
        "alertname",
    ]
)
shaped = st.recursive(
    json_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(known_names, inner, max_size=6),
    max_leaves=20,
)


def read_one(slug: str, payload: Any, **templates: str | None) -> Signal:
    return read(slug, payload, templates, now=NOW)


def by_rendering(slug: str, payload: Any) -> Signal:
    """Read with the default templates given as if they were the user's, so that no native way is taken."""
    own = {name: text for name, text in TYPES[slug].templates.items() if name in TEMPLATE_KEYS}
    return read(slug, payload, own, now=NOW)


def prepared(slug: str, body: Any) -> Any:
    try:
        return prepare(slug, body)
    except Invalid:
        return body


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("payload", SAMPLES, ids=range(len(SAMPLES)))
def test_the_fast_way_says_what_the_default_templates_say(slug: str, payload: Any) -> None:
    assert read_one(slug, payload) == by_rendering(slug, payload)
    assert read_one(slug, prepared(slug, payload)) == by_rendering(slug, prepared(slug, payload))


@settings(max_examples=150, deadline=None)
@given(slug=st.sampled_from(SLUGS), payload=shaped)
def test_the_fast_way_says_what_the_default_templates_say_of_anything(slug: str, payload: Any) -> None:
    stored = prepared(slug, storable(payload))
    assert read_one(slug, stored) == by_rendering(slug, stored)


@settings(max_examples=150, deadline=None)
@given(slug=st.sampled_from(SLUGS), body=shaped)
def test_any_json_is_read_or_refused_and_its_texts_can_be_stored(slug: str, body: Any) -> None:
    try:
        payload = prepare(slug, body)
    except Invalid:
        assert body is None or not isinstance(body, dict)
        return
    signal = read_one(slug, payload)
    assert 0 < len(signal.title) <= 502
    assert "\n" not in signal.title
    for text in (signal.title, signal.message, signal.dedup_key or "", signal.source_url or "", signal.image_url or ""):
        assert "\0" not in text
        assert text.encode().decode() == text


@settings(max_examples=100, deadline=None)
@given(payload=json_values, template=st.sampled_from(["{{ payload.a.b }}", "{{ x", "{{ 1 / 0 }}", "{{ 'x' * 2**40 }}"]))
def test_no_template_of_the_user_stops_a_payload(payload: Any, template: str) -> None:
    signal = read("webhook", payload, dict.fromkeys(TEMPLATE_KEYS, template), now=NOW)
    assert signal.title
    assert not signal.resolves
    assert not signal.acknowledges


def test_the_users_templates_come_before_the_defaults() -> None:
    signal = read_one(
        "webhook",
        {"id": 7, "up": "OK", "seen": 1, "see": "https://x.example/7"},
        grouping_key=" {{ payload.id }} ",
        web_title="Nr {{ payload.id }}",
        web_message="{{ labels.env }}!",
        resolve_signal=" {{ payload.up }} ",
        acknowledge_signal="{{ payload.seen }}",
        source_link="{{ payload.see }}",
        web_image_url="{{ payload.see }}.png",
    )
    assert signal == Signal(
        dedup_key=" 7 ",
        title="Nr 7",
        message="!",
        image_url="https://x.example/7.png",
        source_url="https://x.example/7",
        resolves=True,
        acknowledges=True,
        started_at=None,
        ended_at=None,
        urgency=None,
    )


def test_templates_see_the_labels() -> None:
    signal = read("webhook", {}, {"web_title": "{{ labels.env }}"}, now=NOW, labels={"env": "prod"})
    assert signal.title == "prod"


def test_none_among_the_templates_means_the_default() -> None:
    assert read_one("webhook", {}, web_title=None).title == "Incident"


@pytest.mark.parametrize("template", ["{{ payload.a.b }}", "{{ x", "{{ payload.missing }}", ""])
def test_a_grouping_template_that_fails_or_says_nothing_never_groups(template: str) -> None:
    assert read_one("webhook", {"a": None}, grouping_key=template).dedup_key is None


def test_a_long_key_is_not_cut_where_a_text_would_be() -> None:
    first = read_one("webhook", {"k": "x" * 60_000 + "1"}, grouping_key="{{ payload.k }}")
    second = read_one("webhook", {"k": "x" * 60_000 + "2"}, grouping_key="{{ payload.k }}")
    assert first.dedup_key != second.dedup_key


def test_where_a_template_fails_the_default_stands_in_and_the_problem_is_named() -> None:
    signal = read_one(
        "webhook", {"id": 1}, web_title="{{ payload.a.b }}", web_message="{% %}", resolve_signal="{{ 1/0 }}"
    )
    assert (signal.title, signal.resolves) == ("Incident", False)
    assert signal.message == read_one("webhook", {"id": 1}).message
    assert signal.problems == (
        "The template web_title fails: Template Warning: 'dict object' has no attribute 'a'",
        "The template web_message fails: Template Error: tag name expected",
        "The template resolve_signal fails: Template Error: division by zero",
    )


def test_a_title_is_one_line_of_at_most_five_hundred_characters() -> None:
    assert read_one("webhook", {}, web_title=" a \r\n b\u2028c ").title == "a b c"
    assert read_one("webhook", {}, web_title="x" * 501).title == "x" * 500 + ".."
    assert read_one("webhook", {}, web_title="\n").title == "Alert from Webhook"


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "x.example",
        "https://",
        "https://a b",
        'https://a"onclick=',
        "None",
        "",
        "https://x.example/" + "x" * 2000,
    ],
)
def test_what_is_no_web_address_is_no_link(text: str) -> None:
    signal = read_one("formatted_webhook", {"link_to_upstream_details": text, "image_url": text})
    assert (signal.source_url, signal.image_url) == (None, None)


@pytest.mark.parametrize("slug", SLUGS)
def test_no_payload_is_refused(slug: str) -> None:
    with pytest.raises(Invalid, match="Payload is required"):
        prepare(slug, None)


def test_an_unknown_type_is_refused() -> None:
    for use in (lambda: prepare("nope", {}), lambda: read_one("nope", {}), lambda: integration_type("nope")):
        with pytest.raises(Invalid, match="Invalid integration type"):
            use()


def test_what_a_database_cannot_hold_is_replaced() -> None:
    body = {"a\0": ["x\ud83d", float("nan"), float("-inf"), 1, 2.5, None, True, "Grüße 🎉"]}
    assert prepare("webhook", body) == {"a\ufffd": ["x\ufffd", "nan", "-inf", 1, 2.5, None, True, "Grüße 🎉"]}


def test_a_payload_may_be_two_hundred_levels_deep() -> None:
    deep: Any = []
    for _ in range(199):
        deep = [deep]
    assert prepare("webhook", deep) == deep
    with pytest.raises(Invalid, match="The payload is nested more than 200 levels deep"):
        prepare("webhook", [deep])


def test_a_digest_is_the_sha256_of_the_key() -> None:
    assert dedup_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert dedup_digest("\ud800") == dedup_digest("\ufffd")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_default_template_is_known_and_sound(slug: str) -> None:
    kind = TYPES[slug]
    assert kind.slug == slug
    assert set(kind.native) <= set(kind.templates) <= set(TEMPLATE_KEYS)
    assert [check_syntax(text) for text in kind.templates.values()] == [None] * len(kind.templates)


def test_the_types_that_know_what_it_is_to_take_an_alert_say_so() -> None:
    said = [slug for slug in SLUGS if "acknowledge_signal" in TYPES[slug].templates]
    assert said == ["jira", "newrelic", "pagerduty", "servicenow", "zendesk"]


def test_these_types_have_a_heartbeat() -> None:
    beating = ["alertmanager", "elastalert", "formatted_webhook", "grafana", "prtg", "webhook", "zabbix"]
    assert [slug for slug in SLUGS if TYPES[slug].has_heartbeat] == beating


def test_the_template_in_force_is_the_users_or_the_types() -> None:
    assert template_text("webhook", {"web_title": "mine"}, "web_title") == "mine"
    assert template_text("webhook", {"web_title": None}, "web_title") == "Incident"
    assert template_text("webhook", {}, "acknowledge_signal") is None


def test_templates_travel_nested_and_rest_flat() -> None:
    wire = {"grouping_key": "k", "slack": {"title": "s", "image_url": None}, "sms": None}
    assert flatten(wire) == {"grouping_key": "k", "slack_title": "s", "slack_image_url": None, "sms_title": None}
    whole = nest({"grouping_key": "k", "slack_title": "s"})
    assert set(whole) == {*SINGLE, *GROUPED}
    assert whole["slack"] == {"title": "s", "message": None, "image_url": None}
    assert (whole["grouping_key"], whole["source_link"], whole["sms"]) == ("k", None, {"title": None})


@pytest.mark.parametrize(
    ("wire", "complaint"),
    [
        ({"nope": "x"}, "Invalid template data"),
        ({"slack": {"nope": "x"}}, "Invalid template data"),
        ({"slack": "x"}, "Invalid template data"),
        ({"slack": {"title": "{{ x"}}, "invalid slack title template"),
        ({"phone_call": {"title": 3}}, "invalid phone_call title template"),
        ({"grouping_key": "{{ x"}, "Invalid grouping_key template data"),
        ({"grouping_key": {}}, "Invalid grouping_key template data"),
    ],
)
def test_broken_templates_are_refused_in_the_words_of_the_wire(wire: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Invalid) as caught:
        flatten(wire)
    assert caught.value.message == complaint
