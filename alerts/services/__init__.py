"""Every change to an alert, one verb each. Console, APIs, links, phone and commands all end here."""

from __future__ import annotations

from alerts.services.advance import advance_due, advance_now
from alerts.services.answers import assignments_planned, nobody_reachable, reject
from alerts.services.broadcast import respond
from alerts.services.create import create_alert
from alerts.services.direct import Paged, Said, page_onto, page_with_alert
from alerts.services.edit import delete_alert, edit_alert, merge_patch
from alerts.services.handoff import hand_off
from alerts.services.heartbeats import arm, disarm, ping
from alerts.services.inbound import take_in
from alerts.services.intake import receive_all
from alerts.services.integrations import create_integration, delete_integration, direct_paging, update_integration
from alerts.services.maintenance import start_maintenance, stop_maintenance
from alerts.services.moves import acknowledge, archive, resolve, silence, unacknowledge, unresolve, unsilence
from alerts.services.receive import Received, receive
from alerts.services.routers import end_delay, save_router, set_team_router
from alerts.services.routes import create_route, delete_route, update_route
from alerts.services.wipe import wipe

__all__ = [
    "Paged",
    "Received",
    "Said",
    "acknowledge",
    "advance_due",
    "advance_now",
    "archive",
    "arm",
    "assignments_planned",
    "create_alert",
    "create_integration",
    "create_route",
    "delete_alert",
    "delete_integration",
    "delete_route",
    "direct_paging",
    "disarm",
    "edit_alert",
    "end_delay",
    "hand_off",
    "merge_patch",
    "nobody_reachable",
    "page_onto",
    "page_with_alert",
    "ping",
    "receive",
    "receive_all",
    "reject",
    "resolve",
    "respond",
    "save_router",
    "set_team_router",
    "silence",
    "start_maintenance",
    "stop_maintenance",
    "take_in",
    "unacknowledge",
    "unresolve",
    "unsilence",
    "update_integration",
    "update_route",
    "wipe",
]
