"""Every kind of integration there is."""

from __future__ import annotations

from alerts.ingest import (
    alertmanager,
    amazon_sns,
    appdynamics,
    datadog,
    elastalert,
    formatted_webhook,
    grafana,
    grafana_alerting,
    healthchecks,
    inbound_email,
    internal,
    jira,
    kapacitor,
    newrelic,
    pagerduty,
    pingdom,
    prtg,
    sentry,
    servicenow,
    stackdriver,
    uptimekuma,
    uptimerobot,
    webhook,
    zabbix,
    zendesk,
)
from alerts.ingest.integration_type import IntegrationType
from base.errors import Invalid

TYPES: dict[str, IntegrationType] = {
    known.slug: known
    for known in (
        alertmanager.TYPE,
        grafana_alerting.TYPE,
        webhook.TYPE,
        formatted_webhook.TYPE,
        grafana.TYPE,
        zabbix.TYPE,
        elastalert.TYPE,
        kapacitor.TYPE,
        prtg.TYPE,
        inbound_email.TYPE,
        uptimekuma.TYPE,
        uptimerobot.TYPE,
        healthchecks.TYPE,
        pingdom.TYPE,
        sentry.TYPE,
        datadog.TYPE,
        newrelic.TYPE,
        stackdriver.TYPE,
        amazon_sns.TYPE,
        pagerduty.TYPE,
        jira.TYPE,
        zendesk.TYPE,
        servicenow.TYPE,
        appdynamics.TYPE,
        internal.DIRECT_PAGING,
        internal.MAINTENANCE,
    )
}


def integration_type(slug: str) -> IntegrationType:
    """Return a kind of integration; raises Invalid, in the words of the wire, if there is none."""
    try:
        return TYPES[slug]
    except KeyError:
        raise Invalid("Invalid integration type", field="type") from None
