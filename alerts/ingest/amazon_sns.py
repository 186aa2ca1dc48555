"""Amazon SNS: the message of a topic, which mostly is an alarm of CloudWatch (the envelope is read by `sns`)."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping, moment, said_at

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.AlarmArn or payload.AlarmName or "" }}',
    "resolve_signal": '{{ payload.NewStateValue == "OK" }}',
    "source_link": (
        "{%- set region = ((payload.AlarmArn or '') | string).split(':')[3] or '' -%}"
        "{%- if region and payload.AlarmName -%}"
        "https://console.aws.amazon.com/cloudwatch/home?region={{ region }}"
        "#alarmsV2:alarm/{{ payload.AlarmName | urlencode }}{%- endif -%}"
    ),
    "web_title": '{{ payload.AlarmName or payload.subject or payload.message or "Message from Amazon SNS" }}',
    "web_message": (
        "{%- if payload.AlarmName -%}"
        "{{ payload.AlarmDescription or '' }}"
        "{%- for name, value in {'state': payload.NewStateValue, 'region': payload.Region,"
        " 'reason': payload.NewStateReason, 'account': payload.AWSAccountId}.items() if value %}\n"
        "- {{ name }}: {{ value }}{%- endfor %}"
        "{%- else %}{{ payload.message or '```\n' ~ (payload | tojson_pretty) ~ '\n```' }}{% endif -%}"
    ),
}


def times(payload: Any) -> Times:
    """Return when the alarm changed its state."""
    said = mapping(payload)
    return said_at(moment(said.get("StateChangeTime")), ended=said.get("NewStateValue") == "OK")


TYPE = IntegrationType(
    slug="amazon_sns", title="Amazon SNS", default_name="Amazon SNS", templates=TEMPLATES, times=times
)
