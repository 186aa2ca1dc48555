"""Each format: what a recorded payload says, that its end and its taking find it, and what else it may look like."""

# ruff: noqa: E501  a table reads by its rows

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.ingest import Signal, prepare, read, split
from tests.alerts import recordings as r
from tests.alerts.payloads import member

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
SINCE = datetime(2030, 1, 7, 8, 59, tzinfo=UTC)


def signal_of(slug: str, body: Any) -> Signal:
    (part,) = split(slug, body)
    return read(slug, prepare(slug, part), {}, now=NOW)


FIRING = [
    ("grafana", r.GRAFANA_RULE, "Disk of db1", "[Alerting] Disk of db1", r.GRAFANA_RULE["ruleUrl"], None),
    ("grafana", r.GRAFANA_SLACK, "Disk of db1", "[Alerting] Disk of db1", "https://grafana.example/d/hZ7BuVbWz/disks", None),
    ("zabbix", r.ZABBIX, "40213", r.ZABBIX["title"], r.ZABBIX["link_to_upstream_details"], None),
    ("elastalert", r.ELASTALERT, "too-many-500s", "Incident", None, None),
    ("kapacitor", r.KAPACITOR, "cpu:host=web1", "cpu:host=web1", None, SINCE),
    ("inbound_email", r.MAIL, "BACKUP OF DB1 FAILED", "Backup of db1 failed", None, None),
    ("uptimekuma", r.KUMA, "monitor-12", "Shop is down", "https://shop.example", SINCE.replace(second=30, microsecond=250_000)),
    ("uptimekuma", r.KUMA_ONCALL, "Shop", "Shop is down", None, None),
    ("uptimekuma", r.KUMA_TEST, None, "My notification Testing", None, None),
    ("uptimerobot", r.UPTIMEROBOT, "https://shop.example", "Shop: Down", "https://shop.example", None),
    ("healthchecks", r.HEALTHCHECKS, r.HEALTHCHECKS["unique_key"], "Backup of db1 is down", None, None),
    ("healthchecks", r.HEALTHCHECKS_OWN, r.HEALTHCHECKS_OWN["code"], "Backup of db1 is down", None, SINCE),
    ("pingdom", r.PINGDOM, "85975", "Shop is DOWN", "https://shop.example/", SINCE),
    ("sentry", r.SENTRY_ISSUE, "1170820242", "ReferenceError: heck is not defined", "https://sentry.example/organizations/x/issues/1170820242/", None),
    ("sentry", r.SENTRY_EVENT, "1170820242", "ReferenceError: heck is not defined", "https://sentry.example/organizations/x/issues/1170820242/events/e4874d664c/", None),
    ("sentry", r.SENTRY_METRIC, "metric-alert-4", "Critical: Too many errors", "https://sentry.example/organizations/x/alerts/4/", None),
    ("sentry", r.SENTRY_LEGACY, "27379932", "This is an example Python exception", r.SENTRY_LEGACY["url"], None),
    ("datadog", r.DATADOG, "Disk of db1", "[Triggered on {host:db1}] [P2] Disk of db1", None, SINCE),
    ("datadog", r.DATADOG_OWN, "ab12cd", "Disk of db1", "https://app.datadoghq.example/event/event?id=1", None),
    ("newrelic", r.NEWRELIC, r.NEWRELIC["id"], r.NEWRELIC["title"], r.NEWRELIC["issueUrl"], SINCE),
    ("newrelic", r.NEWRELIC_LEGACY, "9876", "Disk", r.NEWRELIC_LEGACY["incident_url"], SINCE),
    ("stackdriver", r.STACKDRIVER, "0.opqiw61fsv7p", "CPU (db1)", r.STACKDRIVER["incident"]["url"], SINCE),
    ("amazon_sns", r.CLOUDWATCH, r.CLOUDWATCH["AlarmArn"], "db1 CPU", "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/db1%20CPU", SINCE.replace(microsecond=123_000)),
    ("amazon_sns", {"message": "The queue is full"}, None, "The queue is full", None, None),
    ("pagerduty", r.PAGERDUTY_V3, "PGR0VU2", "A little bump in the road", "https://acme.pagerduty.example/incidents/PGR0VU2", SINCE),
    ("pagerduty", r.PAGERDUTY_V2, "srv01/mysql", "DISK at 99% on machine prod-datapipe03", "https://example.com/", SINCE),
    ("prtg", r.PRTG, "2046", "Ping of db1: Down", r.PRTG["link_to_upstream_details"], None),
    ("jira", r.jira("Open", "new"), "OPS-7", "OPS-7: The shop is slow", "https://acme.atlassian.example/browse/OPS-7", SINCE),
    ("zendesk", r.zendesk("OPEN"), "35436", "Help, my printer is on fire!", None, SINCE),
    ("zendesk", {"ticket": {"id": 35436, "title": "Fire", "status": "Open", "url": "https://z.example/35436"}}, "35436", "Fire", "https://z.example/35436", None),
    ("servicenow", r.SERVICENOW, r.SERVICENOW["sys_id"], "INC0010023: Unable to reach the shop", r.SERVICENOW["url"], None),
    ("appdynamics", r.APPDYNAMICS, "shop/web1", "Health rule violation started", r.APPDYNAMICS["deepLink"], None),
    ("direct_paging", {"oncall": {"title": "Help", "uid": "1", "permalink": "https://t.example/1"}}, '{"oncall":{"permalink":"https://t.example/1","title":"Help","uid":"1"}}', "Help", "https://t.example/1", None),
    ("maintenance", {"title": "Maintenance of Shop"}, None, "Maintenance of Shop", None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("slug", "body", "key", "title", "link", "started_at"),
    FIRING,
    ids=[f"{n}-{row[0]}" for n, row in enumerate(FIRING)],
)
def test_a_recorded_firing_is_understood(
    slug: str, body: Any, key: str | None, title: str, link: str | None, started_at: datetime | None
) -> None:
    signal = signal_of(slug, body)
    assert (signal.dedup_key, signal.title, signal.source_url) == (key, title, link)
    assert (signal.started_at, signal.ended_at) == (started_at, None)
    assert (signal.resolves, signal.acknowledges) == (False, False)


ENDED_AT = datetime(2030, 1, 7, 9, 5, tzinfo=UTC)
ENDED_SECONDS = 1894007100
PD_RESOLVED = {
    "event": {**r.PAGERDUTY_V3["event"], "event_type": "incident.resolved", "occurred_at": "2030-01-07T09:05:00Z"}
}
ENDS = [
    ("grafana", r.GRAFANA_RULE, r.GRAFANA_RULE | {"state": "ok", "title": "[OK] Disk of db1"}, None),
    ("grafana", r.GRAFANA_SLACK, {"attachments": [{"title": "[OK] Disk of db1"}]}, None),
    ("zabbix", r.ZABBIX, r.ZABBIX | {"state": "ok"}, None),
    ("elastalert", r.ELASTALERT, r.ELASTALERT | {"state": "ok"}, None),
    ("kapacitor", r.KAPACITOR, r.KAPACITOR | {"level": "OK", "time": "2030-01-07T09:05:00Z"}, ENDED_AT),
    ("inbound_email", r.MAIL, {"subject": "backup of db1 FAILED", "message": "ok", "sender": "x@example.org"}, None),
    ("uptimekuma", r.KUMA, {"heartbeat": {"status": 1, "time": "2030-01-07 09:05:00"}, "monitor": r.KUMA["monitor"]}, ENDED_AT),
    ("uptimekuma", r.KUMA_ONCALL, {"title": "Shop is up", "message": "200 - OK", "state": "ok"}, None),
    ("uptimerobot", r.UPTIMEROBOT, r.UPTIMEROBOT | {"alertType": 2, "alertTypeFriendlyName": "Up"}, None),
    ("healthchecks", r.HEALTHCHECKS, r.HEALTHCHECKS | {"status": "up"}, None),
    ("healthchecks", r.HEALTHCHECKS_OWN, r.HEALTHCHECKS_OWN | {"status": "up", "now": "2030-01-07T09:05:00Z"}, ENDED_AT),
    ("pingdom", r.PINGDOM, r.PINGDOM | {"current_state": "UP", "state_changed_timestamp": ENDED_SECONDS}, ENDED_AT),
    ("pingdom", r.PINGDOM, r.PINGDOM | {"current_state": "SUCCESS", "state_changed_timestamp": None}, None),
    ("sentry", r.SENTRY_ISSUE, r.SENTRY_ISSUE | {"action": "resolved"}, None),
    ("sentry", r.SENTRY_EVENT, r.SENTRY_ISSUE | {"action": "resolved"}, None),
    ("sentry", r.SENTRY_METRIC, r.SENTRY_METRIC | {"action": "resolved"}, None),
    ("datadog", r.DATADOG, r.DATADOG | {"id": "8", "title": "[Recovered on {host:db1}] [P2] Disk of db1", "date": "1894007100000"}, ENDED_AT),
    ("datadog", r.DATADOG_OWN, r.DATADOG_OWN | {"alert_transition": "Recovered"}, None),
    ("newrelic", r.NEWRELIC, r.NEWRELIC | {"state": "CLOSED", "updatedAt": ENDED_SECONDS * 1000}, ENDED_AT),
    ("newrelic", r.NEWRELIC_LEGACY, r.NEWRELIC_LEGACY | {"current_state": "closed", "timestamp": ENDED_SECONDS * 1000}, ENDED_AT),
    ("stackdriver", r.STACKDRIVER, {"incident": {**r.STACKDRIVER["incident"], "state": "closed", "ended_at": ENDED_SECONDS}}, ENDED_AT),
    ("amazon_sns", r.CLOUDWATCH, r.CLOUDWATCH | {"NewStateValue": "OK", "StateChangeTime": "2030-01-07T09:05:00.000+0000"}, ENDED_AT),
    ("pagerduty", r.PAGERDUTY_V3, PD_RESOLVED, ENDED_AT),
    ("pagerduty", r.PAGERDUTY_V2, {"event_action": "resolve", "dedup_key": "srv01/mysql"}, None),
    ("prtg", r.PRTG, r.PRTG | {"state": "ok"}, None),
    ("jira", r.jira("Open", "new"), r.jira("Done", "done") | {"timestamp": ENDED_SECONDS * 1000}, ENDED_AT),
    ("jira", r.jira("Open", "new"), r.jira("Open", "new", "jira:issue_deleted") | {"timestamp": ENDED_SECONDS * 1000}, ENDED_AT),
    ("zendesk", r.zendesk("OPEN"), r.zendesk("SOLVED") | {"time": "2030-01-07T09:05:00Z"}, ENDED_AT),
    ("servicenow", r.SERVICENOW, r.SERVICENOW | {"state": "6"}, None),
    ("servicenow", r.SERVICENOW, r.SERVICENOW | {"state": "Closed"}, None),
    ("appdynamics", r.APPDYNAMICS, r.APPDYNAMICS | {"eventType": "POLICY_CLOSE_CRITICAL"}, None),
    ("appdynamics", r.APPDYNAMICS, r.APPDYNAMICS | {"eventType": "POLICY_CANCELED_CRITICAL"}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("slug", "firing", "end", "ended_at"), ENDS, ids=[f"{n}-{row[0]}" for n, row in enumerate(ENDS)]
)
def test_a_recorded_end_finds_its_firing(slug: str, firing: Any, end: Any, ended_at: datetime | None) -> None:
    signal = signal_of(slug, end)
    assert signal.resolves
    assert signal.dedup_key == signal_of(slug, firing).dedup_key
    assert signal.ended_at == ended_at


PD_TAKEN = {"event": {**r.PAGERDUTY_V3["event"], "event_type": "incident.acknowledged"}}
TAKEN = [
    ("pagerduty", r.PAGERDUTY_V3, PD_TAKEN),
    ("pagerduty", r.PAGERDUTY_V2, {"event_action": "acknowledge", "dedup_key": "srv01/mysql"}),
    ("newrelic", r.NEWRELIC, r.NEWRELIC | {"trigger": "ACKNOWLEDGED"}),
    ("newrelic", r.NEWRELIC_LEGACY, r.NEWRELIC_LEGACY | {"current_state": "acknowledged"}),
    ("jira", r.jira("Open", "new"), r.jira("Work in progress", "new")),
    ("jira", r.jira("Open", "new"), r.jira("Being looked at", "indeterminate")),
    ("zendesk", r.zendesk("OPEN"), r.zendesk("PENDING")),
    ("servicenow", r.SERVICENOW, r.SERVICENOW | {"state": "In Progress"}),
]


@pytest.mark.parametrize(("slug", "firing", "taking"), TAKEN)
def test_a_recorded_taking_finds_its_firing(slug: str, firing: Any, taking: Any) -> None:
    signal = signal_of(slug, taking)
    assert (signal.acknowledges, signal.resolves) == (True, False)
    assert signal.dedup_key == signal_of(slug, firing).dedup_key


@pytest.mark.parametrize(
    ("slug", "body", "message"),
    [
        ("grafana", r.GRAFANA_RULE, "The disk of db1 is nearly full\n- disk: 97.4"),
        ("grafana", r.GRAFANA_SLACK, "The disk of db1 is nearly full\n- disk: 97.4"),
        ("kapacitor", r.KAPACITOR, "cpu:host=web1 is CRITICAL\n\nusage_idle is 4"),
        ("uptimekuma", r.KUMA, "connect ECONNREFUSED 10.0.0.7:443"),
        ("healthchecks", r.HEALTHCHECKS, "Nightly dump\n- tags: prod db\n- last ping: 2030-01-06T02:00:12+00:00\n- pings: 67"),
        ("pingdom", r.PINGDOM, "HTTP Server Error 503 Service Unavailable\n- host: shop.example\n- was: UP\n- importance: HIGH\n- probe: Stockholm, Sweden"),
        ("sentry", r.SENTRY_ISSUE, "heck is not defined\n- project: shop\n- culprit: ?(<anonymous>)\n- level: error"),
        ("newrelic", r.NEWRELIC, "- priority: CRITICAL\n- policy: Storage\n- condition: Disk\n- entities: db1, db2"),
        ("stackdriver", r.STACKDRIVER, "CPU utilization of db1 is above the threshold of 0.9\n\nLook at the **dashboard**\n- condition: VM instance - CPU utilization\n- resource: db1\n- project: shop"),
        ("amazon_sns", r.CLOUDWATCH, "The CPU of db1\n- state: ALARM\n- region: EU (Ireland)\n- reason: Threshold Crossed: 1 datapoint [97.0] was greater than the threshold (90.0).\n- account: 123456789012"),
        ("jira", r.jira("Open", "new"), "Since nine\n- status: Open\n- priority: High\n- type: Incident"),
        ("appdynamics", r.APPDYNAMICS, "CPU is too high\n- application: shop\n- node: web1\n- severity: ERROR"),
    ],
)  # fmt: skip
def test_a_message_tells_what_people_need_to_know(slug: str, body: Any, message: str) -> None:
    assert signal_of(slug, body).message.strip() == message


def test_a_note_on_an_incident_joins_the_incident() -> None:
    assert signal_of("pagerduty", r.PAGERDUTY_NOTE).dedup_key == "PGR0VU2"


def test_a_picture_is_shown() -> None:
    assert signal_of("pagerduty", r.PAGERDUTY_V2).image_url == "https://chart.example/1.png"
    assert signal_of("grafana", r.GRAFANA_SLACK).image_url == "https://grafana.example/render/1.png"


def test_a_group_of_grafana_is_taken_apart() -> None:
    first, second = member("web1:9100"), member("web2:9100", status="resolved", endsAt="2030-01-07T09:05:00Z")
    parts = split("grafana", {"status": "firing", "alerts": [first, "nonsense", second]})
    assert parts == [first, second]
    signals = [read("grafana", prepare("grafana", part), {}, now=NOW) for part in parts]
    assert [signal.dedup_key for signal in signals] == ["InstanceDown", "InstanceDown"]
    assert [(signal.resolves, signal.ended_at) for signal in signals] == [(False, None), (True, ENDED_AT)]


@pytest.mark.parametrize("body", [{}, {"alerts": []}, {"alerts": ["x"]}, [], "text", 3])
def test_what_is_no_group_is_one_alert(body: Any) -> None:
    assert split("grafana", body) == [body]
