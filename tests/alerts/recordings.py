"""What each kind of monitor sends, in the shape of its own documentation: a firing, and what ends or takes it."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]

GRAFANA_RULE: Body = {
    "dashboardId": 1,
    "evalMatches": [{"value": 97.4, "metric": "disk", "tags": {"host": "db1"}}],
    "imageUrl": "https://grafana.example/render/1.png",
    "message": "The disk of db1 is nearly full",
    "orgId": 1,
    "panelId": 2,
    "ruleId": 7,
    "ruleName": "Disk of db1",
    "ruleUrl": "https://grafana.example/d/hZ7BuVbWz/disks?tab=alert&viewPanel=2&orgId=1",
    "state": "alerting",
    "tags": {"team": "storage"},
    "title": "[Alerting] Disk of db1",
}
GRAFANA_SLACK: Body = {
    "username": "Grafana",
    "text": "",
    "attachments": [
        {
            "title": "[Alerting] Disk of db1",
            "title_link": "https://grafana.example/d/hZ7BuVbWz/disks",
            "text": "The disk of db1 is nearly full",
            "color": "#D63232",
            "fields": [{"title": "disk", "value": 97.4, "short": True}],
            "image_url": "https://grafana.example/render/1.png",
            "ts": 1893920400,
        }
    ],
}
ZABBIX: Body = {
    "alert_uid": "40213",
    "title": "Problem: High CPU utilization on web1",
    "state": "alerting",
    "link_to_upstream_details": "https://zabbix.example/tr_events.php?triggerid=1&eventid=40213",
    "message": "Severity: Warning",
}
ELASTALERT: Body = {
    "alert_uid": "too-many-500s",
    "state": "alerting",
    "@timestamp": "2030-01-07T08:58:00Z",
    "num_hits": 42,
    "host": "web1",
}
KAPACITOR: Body = {
    "id": "cpu:host=web1",
    "message": "cpu:host=web1 is CRITICAL",
    "details": "<p>usage_idle is 4</p>",
    "time": "2030-01-07T08:59:00Z",
    "duration": 60000000000,
    "level": "CRITICAL",
    "previousLevel": "OK",
    "recoverable": True,
    "data": {"series": [{"name": "cpu", "tags": {"host": "web1"}, "columns": ["time", "idle"], "values": [["…", 4]]}]},
}
MAIL: Body = {"subject": "Backup of db1 failed", "message": "No space left on device", "sender": "cron@db1.example"}
KUMA: Body = {
    "heartbeat": {
        "monitorID": 12,
        "status": 0,
        "time": "2030-01-07 08:59:30.250",
        "msg": "connect ECONNREFUSED 10.0.0.7:443",
        "important": True,
        "duration": 60,
        "timezone": "Europe/Berlin",
    },
    "monitor": {"id": 12, "name": "Shop", "url": "https://shop.example", "type": "http", "interval": 60},
    "msg": "[Shop] [🔴 Down] connect ECONNREFUSED 10.0.0.7:443",
}
KUMA_ONCALL: Body = {"title": "Shop is down", "message": "connect ECONNREFUSED", "state": "alerting"}
KUMA_TEST: Body = {"heartbeat": None, "monitor": None, "msg": "My notification Testing"}
UPTIMEROBOT: Body = {
    "monitorID": "778899",
    "monitorURL": "https://shop.example",
    "monitorFriendlyName": "Shop",
    "alertType": "1",
    "alertTypeFriendlyName": "Down",
    "alertDetails": "Connection Timeout",
    "alertDuration": "312",
    "sslExpiryDate": "",
    "sslExpiryDaysLeft": "",
}
HEALTHCHECKS: Body = {
    "name": "Backup of db1",
    "slug": "backup-of-db1",
    "tags": "prod db",
    "desc": "Nightly dump",
    "grace": 900,
    "n_pings": 67,
    "status": "down",
    "started": False,
    "last_ping": "2030-01-06T02:00:12+00:00",
    "next_ping": None,
    "unique_key": "a6c7b0a8a66bed0df66abfdab3c77736861703ee",
    "timeout": 86400,
}
HEALTHCHECKS_OWN: Body = {
    "code": "31365bce-8da9-4729-8ff3-aaa71d56b712",
    "name": "Backup of db1",
    "status": "down",
    "now": "2030-01-07T08:59:00+00:00",
}
PINGDOM: Body = {
    "check_id": 85975,
    "check_name": "Shop",
    "check_type": "HTTP",
    "check_params": {"hostname": "shop.example", "full_url": "https://shop.example/", "port": 443, "basic_auth": False},
    "tags": ["prod"],
    "previous_state": "UP",
    "current_state": "DOWN",
    "importance_level": "HIGH",
    "state_changed_timestamp": 1894006740,
    "state_changed_utc_time": "2030-01-07T08:59:00",
    "long_description": "HTTP Server Error 503 Service Unavailable",
    "description": "HTTP error 503",
    "first_probe": {"ip": "123.4.5.6", "ipv6": "", "location": "Stockholm, Sweden"},
}
SENTRY_ISSUE: Body = {
    "action": "created",
    "installation": {"uuid": "7a485448-a9e2-4c85-8a3c-4f44175783c9"},
    "data": {
        "issue": {
            "id": "1170820242",
            "shortId": "SHOP-1",
            "title": "ReferenceError: heck is not defined",
            "culprit": "?(<anonymous>)",
            "level": "error",
            "status": "unresolved",
            "project": {"id": "1", "name": "shop", "slug": "shop"},
            "metadata": {"type": "ReferenceError", "value": "heck is not defined"},
            "web_url": "https://sentry.example/organizations/x/issues/1170820242/",
        }
    },
    "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
}
SENTRY_EVENT: Body = {
    "action": "triggered",
    "data": {
        "event": {
            "event_id": "e4874d664c3540c1a32eab185f12c5ab",
            "issue_id": "1170820242",
            "title": "ReferenceError: heck is not defined",
            "culprit": "?(<anonymous>)",
            "level": "error",
            "web_url": "https://sentry.example/organizations/x/issues/1170820242/events/e4874d664c/",
        },
        "triggered_rule": "Very Important Alert Rule!",
    },
}
SENTRY_METRIC: Body = {
    "action": "critical",
    "data": {
        "metric_alert": {"id": "4", "identifier": "4", "title": "Too many errors", "alert_rule": {"name": "Errors"}},
        "description_text": "1000 events in the last 10 minutes",
        "description_title": "Critical: Too many errors",
        "web_url": "https://sentry.example/organizations/x/alerts/4/",
    },
}
SENTRY_LEGACY: Body = {
    "id": "27379932",
    "project": "shop",
    "project_name": "shop",
    "culprit": "raven.scripts.runner in main",
    "level": "error",
    "url": "https://sentry.example/x/shop/issues/27379932/",
    "message": "This is an example Python exception",
    "event": {"event_id": "d7", "title": "This is an example Python exception"},
}
DATADOG: Body = {
    "id": "7234567890123456789",
    "title": "[Triggered on {host:db1}] [P2] Disk of db1",
    "body": "%%%\nThe disk is nearly full\n%%%",
    "event_type": "query_alert_monitor",
    "date": "1894006740000",
    "last_updated": "1894006740000",
    "org": {"id": "1", "name": "Shop"},
}
DATADOG_OWN: Body = {
    "aggreg_key": "ab12cd",
    "alert_transition": "Triggered",
    "title": "Disk of db1",
    "link": "https://app.datadoghq.example/event/event?id=1",
}
NEWRELIC: Body = {
    "id": "d1b1f3fd-995a-4066-88ab-8ce4f6960654",
    "issueUrl": "https://radar-api.service.newrelic.example/accounts/1/issues/d1b1f3fd",
    "title": "Shop query result is > 90.0 for 5 minutes on 'Disk'",
    "priority": "CRITICAL",
    "impactedEntities": ["db1", "db2"],
    "totalIncidents": 1,
    "state": "ACTIVATED",
    "trigger": "STATE_CHANGE",
    "isCorrelated": False,
    "createdAt": 1894006740000,
    "updatedAt": 1894006800000,
    "alertPolicyNames": ["Storage"],
    "alertConditionNames": ["Disk"],
    "workflowName": "Tocsin",
}
NEWRELIC_LEGACY: Body = {
    "account_id": 1,
    "condition_name": "Disk",
    "current_state": "open",
    "details": "Disk of db1 > 90 %",
    "event_type": "INCIDENT",
    "incident_id": 9876,
    "incident_url": "https://alerts.newrelic.example/accounts/1/incidents/9876",
    "policy_name": "Storage",
    "severity": "CRITICAL",
    "timestamp": 1894006740000,
}
STACKDRIVER: Body = {
    "incident": {
        "incident_id": "0.opqiw61fsv7p",
        "scoping_project_id": "shop",
        "url": "https://console.cloud.google.example/monitoring/alerting/incidents/0.opqiw61fsv7p",
        "started_at": 1894006740,
        "ended_at": None,
        "state": "open",
        "summary": "CPU utilization of db1 is above the threshold of 0.9",
        "resource_display_name": "db1",
        "policy_name": "CPU",
        "condition_name": "VM instance - CPU utilization",
        "documentation": {"content": "Look at the **dashboard**", "mime_type": "text/markdown"},
    },
    "version": "1.2",
}
CLOUDWATCH: Body = {
    "AlarmName": "db1 CPU",
    "AlarmDescription": "The CPU of db1",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "OldStateValue": "OK",
    "NewStateReason": "Threshold Crossed: 1 datapoint [97.0] was greater than the threshold (90.0).",
    "StateChangeTime": "2030-01-07T08:59:00.123+0000",
    "Region": "EU (Ireland)",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:db1 CPU",
    "Trigger": {"MetricName": "CPUUtilization", "Namespace": "AWS/EC2"},
}
PAGERDUTY_V3: Body = {
    "event": {
        "id": "01BZ0C2JMV1V4XJVZ2W1RQ9Q7L",
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": "2030-01-07T08:59:00.000Z",
        "agent": {"id": "PLH1HKV", "type": "user_reference"},
        "client": None,
        "data": {
            "id": "PGR0VU2",
            "type": "incident",
            "html_url": "https://acme.pagerduty.example/incidents/PGR0VU2",
            "number": 2,
            "status": "triggered",
            "title": "A little bump in the road",
            "service": {"id": "PF9KMXH", "summary": "API Service", "type": "service_reference"},
            "urgency": "high",
        },
    }
}
PAGERDUTY_NOTE: Body = {
    "event": {
        "event_type": "incident.annotated",
        "occurred_at": "2030-01-07T09:01:00.000Z",
        "data": {"id": "PWL7QXS", "type": "incident_note", "content": "Looking", "incident": {"id": "PGR0VU2"}},
    }
}
PAGERDUTY_V2: Body = {
    "routing_key": "samplekeyhere",
    "event_action": "trigger",
    "dedup_key": "srv01/mysql",
    "payload": {
        "summary": "DISK at 99% on machine prod-datapipe03",
        "source": "prod-datapipe03.example",
        "severity": "critical",
        "timestamp": "2030-01-07T08:59:00.000+0000",
        "component": "mysql",
        "custom_details": {"free space": "1%"},
    },
    "images": [{"src": "https://chart.example/1.png", "href": "https://example.com/"}],
    "links": [{"href": "https://example.com/", "text": "Link text"}],
    "client": "Sample Monitoring Service",
}
PRTG: Body = {
    "alert_uid": "2046",
    "title": "Ping of db1: Down",
    "image_url": "",
    "state": "alerting",
    "link_to_upstream_details": "https://prtg.example/sensor.htm?id=2046",
    "message": "No response",
}


def jira(status: str, category: str, event: str = "jira:issue_updated") -> Body:
    return {
        "timestamp": 1894006740000,
        "webhookEvent": event,
        "issue_event_type_name": "issue_generic",
        "user": {"displayName": "Alice"},
        "issue": {
            "id": "10002",
            "self": "https://acme.atlassian.example/rest/api/2/issue/10002",
            "key": "OPS-7",
            "fields": {
                "summary": "The shop is slow",
                "description": "Since nine",
                "status": {"name": status, "statusCategory": {"id": 2, "key": category}},
                "priority": {"name": "High"},
                "issuetype": {"name": "Incident"},
            },
        },
    }


def zendesk(status: str) -> Body:
    return {
        "account_id": 12514403,
        "detail": {
            "id": "35436",
            "subject": "Help, my printer is on fire!",
            "description": "It burns",
            "status": status,
            "priority": "HIGH",
        },
        "event": {"current": status, "previous": "NEW"},
        "id": "2b24ef10-19d3-4740-93cf-6f98ec4776c0",
        "subject": "zen:ticket:35436",
        "time": "2030-01-07T08:59:00.000000000Z",
        "type": "zen:event-type:ticket.status_changed",
        "zendesk_event_version": "2022-11-06",
    }


SERVICENOW: Body = {
    "sys_id": "9d385017c611228701d22104cc95c371",
    "number": "INC0010023",
    "short_description": "Unable to reach the shop",
    "description": "Since nine",
    "state": "1",
    "url": "https://acme.service-now.example/incident.do?sys_id=9d385017c611228701d22104cc95c371",
}
APPDYNAMICS: Body = {
    "eventType": "POLICY_OPEN_CRITICAL",
    "displayName": "Health rule violation started",
    "application": {"id": 1, "name": "shop"},
    "node": {"id": 7, "name": "web1"},
    "severity": "ERROR",
    "summaryMessage": "CPU is too high",
    "deepLink": "https://acme.saas.appdynamics.example/#location=APP_EVENT_VIEWER_MODAL&eventSummary=1",
}
