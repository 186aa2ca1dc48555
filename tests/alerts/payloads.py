"""What monitors really send: the shapes of Alertmanager's webhook version 4 and of plain webhooks."""

from __future__ import annotations

from typing import Any


def member(instance: str, status: str = "firing", **more: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "InstanceDown", "instance": instance, "job": "node", "severity": "critical"},
        "annotations": {"description": f"{instance} has been down for 5 minutes.", "summary": "Instance is down"},
        "startsAt": "2030-01-07T08:55:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        "fingerprint": "b2c4d1e0f3a59687",
    } | more


def alertmanager(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "receiver": "tocsin",
        "status": "firing",
        "alerts": list(alerts) or [member("web1:9100"), member("web2:9100", startsAt="2030-01-07T08:57:00+01:00")],
        "groupLabels": {"alertname": "InstanceDown", "job": "node"},
        "commonLabels": {"alertname": "InstanceDown", "job": "node", "severity": "critical"},
        "commonAnnotations": {"summary": "Instance is down"},
        "externalURL": "http://alertmanager.example:9093",
        "version": "4",
        "groupKey": '{}/{severity="critical"}:{alertname="InstanceDown", job="node"}',
        "truncatedAlerts": 0,
    } | more


FORMATTED = {
    "alert_uid": "08d6891a-835c-e661-39fa-96b6a9e26552",
    "title": "The whole system is down",
    "image_url": "https://images.example/tree.png",
    "state": "alerting",
    "link_to_upstream_details": "https://monitor.example/alerts/1",
    "message": "Smth happened. **Oh no!**",
}

WEIRD: list[Any] = [
    {}, [], [1, {"state": "ok"}], "text", "", 3, 2.5, True, False, [[]], {"state": None}, {"state": "ok"},
    {"state": ["ok"]}, {"state": 1}, {"state": "straße"}, {"status": None}, {"status": ["resolved"]}, {"status": "resolved"},
    {"groupKey": None}, {"groupKey": 0}, {"groupKey": ""}, {"groupKey": {"a": 1}}, {"alert_uid": 0}, {"alert_uid": None},
    {"alert_uid": " padded "}, {"alert_uid": ["x"]}, {"alert_uid": False}, {"title": None}, {"title": 0}, {"title": ["x"]},
    {"title": "a\nb"}, {"title": "x" * 600}, {"message": None}, {"message": 0}, {"message": {"a": 1}}, {"message": "x" * 50_001},
    {"image_url": None}, {"image_url": 3}, {"image_url": "javascript:alert(1)"}, {"url": "https://x.example/"}, {"url": None},
    {"is_oncall_heartbeat": True, "alert_uid": "u"}, {"is_oncall_heartbeat": True}, {"is_oncall_heartbeat": "yes"},
    {"alerts": None}, {"alerts": {}}, {"alerts": "abc"}, {"alerts": [None]}, {"alerts": [3, "x"]}, {"alerts": [{}]},
    {"alerts": [{"labels": None, "annotations": None}]}, {"alerts": [{"labels": [1]}]}, {"alerts": [{"labels": {"a": None}}]},
    {"alerts": [{"generatorURL": None}]}, {"alerts": [{"generatorURL": 3}]}, {"alerts": [{"imageURL": "http://i.example/i"}]},
    {"alerts": [{"status": {"a": 1}, "labels": {"items": "x", "keys": 2}}]}, {"alerts": [{"labels": {"a": "1"}}] * 25},
    {"groupLabels": None}, {"groupLabels": []}, {"groupLabels": "abc"}, {"groupLabels": [1]}, {"groupLabels": {"a": 1, "b": None}},
    {"groupLabels": {"alertname": None, "a": "x"}}, {"groupLabels": {"alertname": 3}}, {"groupLabels": {"items": "x"}},
    {"groupLabels": {"alertname": {"deep": [1]}, "x": [1]}}, {"commonLabels": {"alertname": "C"}}, {"commonLabels": 3},
    {"commonLabels": {"items": "x"}, "alerts": [{"labels": {"items": "x", "get": "y"}}]}, {"labels": {"alertname": "L"}},
    {"labels": []}, {"labels": "x"}, {"commonAnnotations": {"summary": ["x", None]}}, {"commonAnnotations": "x"},
    {"numFiring": None, "numResolved": "x"}, {"numFiring": [1]}, {"numFiring": 1.5}, {"payload": {"payload": 1}},
    {"commonAnnotations": {"a": "<b>&</b> {{ 1 }}"}, "groupLabels": {"alertname": "{{ x }}", "b": "<i>"}},
]  # fmt: skip
