"""The addresses of the OnCall API's configuration half, below `/api/v1/`."""

from __future__ import annotations

from oncall.api.calendar_exports import ScheduleExportViewSet, UserExportViewSet
from oncall.api.calendar_tokens import UserExportTokenViewSet
from oncall.api.chains import ChainViewSet
from oncall.api.chat import ChatChannelViewSet
from oncall.api.dialect import OnCallRouter
from oncall.api.people import OrganizationViewSet, TeamViewSet, UserGroupViewSet, UserViewSet
from oncall.api.policies import PolicyViewSet
from oncall.api.rules import RuleViewSet
from oncall.api.schedules import ScheduleViewSet
from oncall.api.shifts import ShiftViewSet
from oncall.api.swaps import SwapViewSet

router = OnCallRouter()
router.register("escalation_chains", ChainViewSet, basename="oncall-chain")
router.register("escalation_policies", PolicyViewSet, basename="oncall-policy")
router.register("users", UserViewSet, basename="oncall-user")
router.register("teams", TeamViewSet, basename="oncall-team")
router.register("user_groups", UserGroupViewSet, basename="oncall-user-group")
router.register("organizations", OrganizationViewSet, basename="oncall-organization")
router.register("personal_notification_rules", RuleViewSet, basename="oncall-rule")
router.register("schedules", ScheduleViewSet, basename="oncall-schedule")
router.register("schedules", ScheduleExportViewSet, basename="oncall-schedule-export")
router.register("users", UserExportViewSet, basename="oncall-user-export")
router.register("users", UserExportTokenViewSet, basename="oncall-user-token")
router.register("on_call_shifts", ShiftViewSet, basename="oncall-shift")
router.register("shift_swaps", SwapViewSet, basename="oncall-swap")
router.register("slack_channels", ChatChannelViewSet, basename="oncall-chat-channel")

urlpatterns = router.urls
