"""Zabbix: its media type script sends our own words; the uid comes from `ONCALL_GROUP: <id>` in the subject."""

from __future__ import annotations

from dataclasses import replace

from alerts.ingest import formatted_webhook

TYPE = replace(formatted_webhook.TYPE, slug="zabbix", title="Zabbix", default_name="Zabbix")
