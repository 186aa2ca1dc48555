from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.ingest import TYPES, Signal, prepare, read
from alerts.rendering import render
from base.errors import Invalid
from tests.alerts.payloads import alertmanager, member

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def at(hour: int, minute: int, microsecond: int = 0) -> datetime:
    return datetime(2030, 1, 7, hour, minute, 0, microsecond, tzinfo=UTC)


def signal_of(body: Any, slug: str = "alertmanager") -> Signal:
    return read(slug, prepare(slug, body), {}, now=NOW)


def test_a_real_payload_becomes_a_signal() -> None:
    assert signal_of(alertmanager()) == Signal(
        dedup_key='{}/{severity="critical"}:{alertname="InstanceDown", job="node"}',
        title="InstanceDown (node)",
        message="""\
2 firing, 0 resolved

**Annotations**
- summary: Instance is down

**Labels**
- alertname: InstanceDown
- job: node
- severity: critical

**1. firing**
- instance: web1:9100
- description: web1:9100 has been down for 5 minutes.

**2. firing**
- instance: web2:9100
- description: web2:9100 has been down for 5 minutes.""",
        image_url=None,
        source_url="http://prometheus.example:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        resolves=False,
        acknowledges=False,
        started_at=at(8, 55, 123456),
        ended_at=None,
        urgency=None,
    )


def test_members_are_counted_unless_the_monitor_has_counted_them() -> None:
    counted = prepare("alertmanager", alertmanager(member("a"), member("b", "resolved"), member("c", "resolved")))
    assert (counted["numFiring"], counted["numResolved"]) == (1, 2)
    own = prepare("alertmanager", alertmanager(numFiring=7))
    assert own["numFiring"] == 7
    assert "numResolved" not in own


def test_counting_leaves_the_body_as_it_came() -> None:
    body = alertmanager()
    prepare("alertmanager", body)
    assert body == alertmanager()


@pytest.mark.parametrize("alerts", [None, "abc", 3, [None, 3, {"status": None}], {}])
def test_members_of_another_shape_count_as_none(alerts: Any) -> None:
    counted = prepare("alertmanager", {"alerts": alerts})
    assert (counted["numFiring"], counted["numResolved"]) == (0, 0)


@pytest.mark.parametrize("slug", ["alertmanager", "grafana_alerting"])
@pytest.mark.parametrize("body", [[], [{}], "text", 3, True])
def test_a_body_that_is_no_object_is_refused(slug: str, body: Any) -> None:
    with pytest.raises(Invalid, match="An Alertmanager payload is a JSON object"):
        prepare(slug, body)


def test_an_empty_body_is_an_alert_of_its_own() -> None:
    signal = signal_of({})
    assert (signal.dedup_key, signal.title, signal.message) == (None, "Alert", "0 firing, 0 resolved")


def test_the_resolve_of_a_group_carries_its_key_and_its_end() -> None:
    ended = [
        member("a", "resolved", endsAt="2030-01-07T08:58:00Z"),
        member("b", "resolved", endsAt="2030-01-07T08:59:00Z"),
    ]
    signal = signal_of(alertmanager(*ended, status="resolved"))
    assert signal.resolves
    assert signal.dedup_key == signal_of(alertmanager()).dedup_key
    assert (signal.started_at, signal.ended_at) == (at(8, 55, 123456), at(8, 59))


def test_a_group_that_fires_in_part_began_with_its_youngest_fire_and_has_no_end() -> None:
    signal = signal_of(
        alertmanager(
            member("a", "resolved", startsAt="2030-01-07T08:59:30Z", endsAt="2030-01-07T08:59:59Z"),
            member("b", startsAt="2030-01-07T08:10:00Z"),
            member("c", startsAt="2030-01-07T09:20:00+01:00"),
        )
    )
    assert (signal.started_at, signal.ended_at) == (at(8, 20), None)


@pytest.mark.parametrize(
    "stamp", [None, 3, "", "soon", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"]
)
def test_a_time_stamp_that_says_nothing_is_none(stamp: Any) -> None:
    signal = signal_of(alertmanager(member("a", "resolved", startsAt=stamp, endsAt=stamp), status="resolved"))
    assert (signal.started_at, signal.ended_at) == (None, None)


@pytest.mark.parametrize(
    ("group", "title"),
    [
        ({"alertname": "Down"}, "Down"),
        ({"alertname": "Down", "job": "node", "zone": "eu"}, "Down (node, eu)"),
        ({"job": "node", "alertname": "Down"}, "Down (node)"),
        ({"job": "node"}, "InstanceDown (node)"),
        ({}, "InstanceDown"),
    ],
)
def test_the_title_names_the_alert_and_its_group(group: dict[str, str], title: str) -> None:
    assert signal_of(alertmanager(groupLabels=group)).title == title


def test_without_any_name_the_group_is_the_title() -> None:
    assert signal_of({"groupLabels": {"job": "node", "zone": "eu"}}).title == "node, eu"
    assert signal_of({"labels": {"alertname": "Old"}}).title == "Old"


def test_twenty_members_are_shown_and_the_rest_are_counted() -> None:
    message = signal_of(alertmanager(*(member(f"web{n}") for n in range(25)))).message
    assert message.startswith("25 firing, 0 resolved\n")
    assert message.endswith(
        "**20. firing**\n- instance: web19\n- description: web19 has been down for 5 minutes.\n\nand 5 more"
    )


def test_the_phone_says_what_the_group_is_about() -> None:
    text = TYPES["alertmanager"].templates["phone_call_title"]
    assert render(text, {"payload": alertmanager(), "web_title": "T"}, now=NOW) == "InstanceDown, node"
    assert render(text, {"payload": {}, "web_title": "T"}, now=NOW) == "T"


def test_grafana_adds_a_picture_to_the_same_wire() -> None:
    body = alertmanager(member("a", imageURL="https://grafana.example/image.png"))
    grafana = signal_of(body, "grafana_alerting")
    assert grafana.image_url == "https://grafana.example/image.png"
    assert signal_of(body).image_url is None
    assert (grafana.title, grafana.dedup_key) == (signal_of(body).title, signal_of(body).dedup_key)
