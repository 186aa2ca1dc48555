"""The ordered plans by which people are asked."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from base.models import Addressable
from oncall.models.people import Team, User, UserGroup


class EscalationChain(Addressable):
    """An ordered list of escalation policies."""

    name = models.CharField(max_length=100, unique=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="escalation_chains")
    final_timeout = models.DurationField(
        default=timedelta(minutes=5),
        help_text="After the last policy, how long somebody still has to answer before the alert counts as dropped.",
    )
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class EscalationPolicy(Addressable):
    """One step of a chain (seed 001)."""

    class Type(models.TextChoices):
        WAIT = "wait", "Wait"
        PERSONS = "notify_persons", "Notify people"
        ROUND_ROBIN = "notify_person_next_each_time", "Notify the next person each time"
        ON_CALL = "notify_on_call_from_schedule", "Notify whoever is on call"
        NEXT_ON_CALL = "notify_next_on_call_from_schedule", "Notify whoever is on call next"
        USER_GROUP = "notify_user_group", "Notify a user group"
        TEAM = "notify_team_members", "Notify a team's members"
        ACTION = "trigger_action", "Call a webhook (action)"
        WEBHOOK = "trigger_webhook", "Call a webhook"
        RESOLVE = "resolve", "Resolve"
        WHOLE_CHANNEL = "notify_whole_channel", "Notify the whole chat channel"
        TIME_WINDOW = "notify_if_time_from_to", "Go on only at some time of day"
        ALERT_COUNT = "notify_if_num_alerts_in_window", "Go on only after so many alerts"
        REPEAT = "repeat_escalation", "Repeat from the first step"
        DECLARE_INCIDENT = "declare_incident", "Declare an incident"

    chain = models.ForeignKey(EscalationChain, models.CASCADE, related_name="policies")
    position = models.IntegerField()
    type = models.CharField(max_length=40, choices=Type.choices, blank=True)
    important = models.BooleanField(default=False, help_text="Uses the important notification rules of each person.")
    delay = models.DurationField(null=True, blank=True, help_text="From 1 minute to 24 hours; 5 minutes when empty.")
    persons = models.ManyToManyField(User, through="PolicyPerson", related_name="+", blank=True)
    schedule = models.ForeignKey("oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="+")
    user_group = models.ForeignKey(UserGroup, models.SET_NULL, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    webhook = models.ForeignKey("oncall.Webhook", models.SET_NULL, null=True, blank=True, related_name="+")
    window_from = models.TimeField(null=True, blank=True, help_text="UTC")
    window_to = models.TimeField(null=True, blank=True, help_text="UTC")
    num_alerts = models.PositiveIntegerField(null=True, blank=True)
    num_minutes = models.PositiveIntegerField(null=True, blank=True)
    severity = models.CharField(max_length=100, null=True, blank=True)
    last_notified = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )  # the cursor of the round robin, shared by all alerts

    DEFAULT_DELAY = timedelta(minutes=5)

    class Meta:
        ordering = ["chain", "position"]
        verbose_name_plural = "escalation policies"
        constraints = [models.UniqueConstraint(fields=["chain", "position"], name="oncall_policy_position")]

    def __str__(self) -> str:
        return f"{self.position}: {self.get_type_display() or 'empty'}"


class PolicyPerson(models.Model):
    """A person in a policy's list; the order is the one that was sent (decisions.md, round robin)."""

    policy = models.ForeignKey(EscalationPolicy, models.CASCADE, related_name="person_rows")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["policy", "user"], name="oncall_policy_person")]
