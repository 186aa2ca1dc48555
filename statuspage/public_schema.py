"""The OpenAPI description of a page's own JSON, which lies in the bundle beside it."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from statuspage.snapshot import PageSnapshot

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
WHOLE: Json = {"type": "integer"}
MAYBE_WHOLE: Json = {"type": ["integer", "null"]}
INSTANT: Json = {"type": "string", "format": "date-time"}
MAYBE_INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}
STATE: Json = {"type": "string", "enum": ["operational", "degraded", "under_maintenance"]}
TIMELINE: Json = {"type": "string", "enum": ["future", "present", "past_recent", "past_distant"]}
UPTIME = {
    "type": "object",
    "required": ["percent", "words"],
    "properties": {"percent": {"type": ["number", "null"]}, "words": TEXT},
}


def _object(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": required | (optional or {})}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


SCHEMAS: Json = {
    "Error": _object({"error": TEXT, "error_description": TEXT}),
    "Links": _object({"href": TEXT, "count": WHOLE}),
    "Meta": _object({"count": WHOLE, "total_count": WHOLE, "next_page": MAYBE_TEXT}),
    "Status": _object(
        {
            "page": _object(
                {
                    "name": TEXT,
                    "state": STATE,
                    "state_text": TEXT,
                    "url": TEXT,
                    "links": _object({"components": _ref("Links"), "notices": _ref("Links")}),
                    "created_at": INSTANT,
                    "updated_at": INSTANT,
                    "as_of": INSTANT,
                }
            )
        }
    ),
    "Update": _object({"id": WHOLE, "state": TEXT, "content": TEXT, "created_at": INSTANT, "updated_at": INSTANT}),
    "Component": _object(
        {
            "id": WHOLE,
            "state": STATE,
            "name": TEXT,
            "description": MAYBE_TEXT,
            "parent_id": MAYBE_WHOLE,
            "metrics_summary": {
                "type": ["object", "null"],
                "properties": {
                    "timeframe_start": INSTANT,
                    "timeframe_end": INSTANT,
                    "percentage_uptime": UPTIME,
                    "url": TEXT,
                },
            },
            "links": _object({"children": _ref("Links")}),
            "created_at": INSTANT,
            "updated_at": INSTANT,
        }
    ),
    "Notice": _object(
        {
            "id": WHOLE,
            "type": {"type": "string", "enum": ["planned", "unplanned"]},
            "state": TEXT,
            "timeline_state": TIMELINE,
            "subject": TEXT,
            "url": TEXT,
            "began_at": MAYBE_INSTANT,
            "ended_at": MAYBE_INSTANT,
            "latest_update": {"oneOf": [_ref("Update"), {"type": "null"}]},
            "created_at": INSTANT,
            "updated_at": INSTANT,
        },
        {
            "begins_at": MAYBE_INSTANT,
            "ends_at": MAYBE_INSTANT,
            "components": {"type": "array", "items": _object({"id": WHOLE, "name": TEXT})},
            "updates": _list("Update"),
        },
    ),
    "Metrics": _object(
        {
            "metrics": _object(
                {
                    "component_id": WHOLE,
                    "timeframe_start": MAYBE_INSTANT,
                    "timeframe_end": MAYBE_INSTANT,
                    "percentage_uptime": UPTIME,
                    "impact_seconds": WHOLE,
                    "mean_time_to_recovery_seconds": MAYBE_WHOLE,
                    "mean_time_between_failures_seconds": MAYBE_WHOLE,
                    "days": {
                        "type": "array",
                        "items": _object(
                            {"on": {"type": "string", "format": "date"}, "state": TEXT, "impact_seconds": WHOLE}
                        ),
                    },
                }
            )
        }
    ),
}


def schema(page: PageSnapshot) -> Json:
    """Return the description of one page's API."""
    number = _query("page", {"type": "integer", "minimum": 1})
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    components = _object({"components": _list("Component"), "meta": _ref("Meta")})
    notices = _object({"notices": _list("Notice"), "meta": _ref("Meta")})
    parent = [
        _query("filter[parent_id_null]", {"type": "boolean"}),
        _query("filter[parent_id_eq]", {"type": "integer", "minimum": 0}),
    ]
    kinds = [
        _query("filter[timeline_state_eq]", {"type": "string", "enum": ["past", *TIMELINE["enum"]]}),
        _query("filter[type_eq]", {"type": "string", "enum": ["planned", "unplanned"]}),
    ]
    day = {"type": "string", "format": "date"}
    spans = [key, _query("from", day), _query("to", day)]
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{page.name}: public status", "version": settings.VERSION},
        "servers": [{"url": f"{page.url}/api/v1"}],
        "paths": {
            "/status": _get("The state of the page", _ref("Status")),
            "/components": _get("Components, in the order of the page", components, *parent, number),
            "/components/{id}": _get("One component", _object({"component": _ref("Component")}), key),
            "/components/{id}/metrics": _get("How a component fared, 90 days at most", _ref("Metrics"), *spans),
            "/notices": _get("Notices, newest first", notices, *kinds, number),
            "/notices/{id}": _get("One notice with its updates", _object({"notice": _ref("Notice")}), key),
        },
        "components": {"schemas": SCHEMAS},
    }


def _query(name: str, kind: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": kind}


def _get(summary: str, answer: Json, *parameters: Json) -> Json:
    failed = {"application/json": {"schema": _ref("Error")}}
    answers: Json = {
        "200": {"description": "As asked.", "content": {"application/json": {"schema": answer}}},
        "304": {"description": "Nothing changed since the ETag that If-None-Match names."},
        "404": {"description": "There is no such thing.", "content": failed},
    }
    if any(one["in"] == "query" for one in parameters):
        answers["400"] = {"description": "A parameter cannot be used.", "content": failed}
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": answers}}
