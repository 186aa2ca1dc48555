"""The addresses of the OnCall API's configuration half, below `/api/v1/`."""

from __future__ import annotations

from oncall.api.chains import ChainViewSet
from oncall.api.dialect import OnCallRouter
from oncall.api.people import OrganizationViewSet, TeamViewSet, UserGroupViewSet, UserViewSet
from oncall.api.policies import PolicyViewSet
from oncall.api.rules import RuleViewSet

router = OnCallRouter()
router.register("escalation_chains", ChainViewSet, basename="oncall-chain")
router.register("escalation_policies", PolicyViewSet, basename="oncall-policy")
router.register("users", UserViewSet, basename="oncall-user")
router.register("teams", TeamViewSet, basename="oncall-team")
router.register("user_groups", UserGroupViewSet, basename="oncall-user-group")
router.register("organizations", OrganizationViewSet, basename="oncall-organization")
router.register("personal_notification_rules", RuleViewSet, basename="oncall-rule")

urlpatterns = router.urls
