"""PRTG: an "Execute HTTP Action" notification that sends our own words."""

from __future__ import annotations

from dataclasses import replace

from alerts.ingest import formatted_webhook

TYPE = replace(formatted_webhook.TYPE, slug="prtg", title="PRTG", default_name="PRTG")
