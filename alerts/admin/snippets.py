"""What to write into a monitor so that it knocks on an integration's door."""

from __future__ import annotations

from alerts.models import Integration

ALERTMANAGER = """\
receivers:
  - name: tocsin
    webhook_configs:
      - url: {url}
        send_resolved: true
route:
  receiver: tocsin
"""
GRAFANA = """\
apiVersion: 1
contactPoints:
  - orgId: 1
    name: Tocsin
    receivers:
      - uid: tocsin
        type: webhook
        settings:
          url: {url}
          httpMethod: POST
"""
FORMATTED = """\
curl -X POST {url} \\
  -H 'Content-Type: application/json' \\
  -d '{{"alert_uid": "disk-eu-7", "title": "Disk is full", "state": "alerting", "message": "/var is 97 % full"}}'
"""
WEBHOOK = """\
curl -X POST {url} \\
  -H 'Content-Type: application/json' \\
  -d '{{"title": "Disk is full", "message": "/var is 97 % full"}}'
"""
HEALTHCHECKS = """\
URL:    {url}
Method: POST, header Content-Type: application/json
Body for down and for up:
{{"code": "$CODE", "name": $NAME_JSON, "status": "$STATUS", "tags": "$TAGS", "now": "$NOW"}}
"""
KUMA = """\
Notification type: Webhook
Post URL:          {url}
Request body:      Preset - application/json
"""
DATADOG = """\
URL:     {url}
Payload:
{{"id": "$ID", "title": "$EVENT_TITLE", "body": "$EVENT_MSG", "date": "$DATE", "link": "$LINK",
 "aggreg_key": "$AGGREG_KEY", "alert_transition": "$ALERT_TRANSITION"}}
"""
POSTFIX = """\
main.cf:    transport_maps = hash:/etc/postfix/transport
transport:  alerts.example.org lmtp:inet:127.0.0.1:2424
"""
SNS = """\
aws sns subscribe --topic-arn <topic> --protocol https --notification-endpoint {url}
"""
SNIPPETS = {
    "alertmanager": ("alertmanager.yml", ALERTMANAGER),
    "grafana_alerting": ("provisioning/alerting/tocsin.yaml", GRAFANA),
    "formatted_webhook": ("In a shell", FORMATTED),
    "healthchecks": ("Integrations, Webhook", HEALTHCHECKS),
    "uptimekuma": ("Setup notification", KUMA),
    "datadog": ("Integrations, Webhooks", DATADOG),
    "amazon_sns": ("In a shell", SNS),
    "inbound_email": ("In Postfix", POSTFIX),
}


def snippet(integration: Integration) -> tuple[str, str]:
    """Return where it goes, and the text with the integration's address in it."""
    place, text = SNIPPETS.get(integration.type, ("In a shell", WEBHOOK))
    return place, text.format(url=integration.link or "")
