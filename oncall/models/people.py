"""The installation, its people and their teams."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from base.models import Addressable


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads the disk each time: about 10 ms


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless the value is an IANA name such as Europe/Paris."""
    if value not in _time_zones():
        raise ValidationError(f"{value} is not a time zone; use a name such as Europe/Paris.", code="time_zone")


class Organization(Addressable):
    """This installation: one row, nothing points at it (decisions.md, People)."""

    name = models.CharField(max_length=200, default="Tocsin")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    last_resort = models.ManyToManyField(
        "oncall.User",
        blank=True,
        related_name="+",
        help_text="They are told when an alert was dropped: everybody was asked and nobody took it.",
    )
    push_key = models.TextField(blank=True, default="", editable=False)  # the private half, made at first use

    class DropPolicy(models.TextChoices):
        DROP = "drop", "Drop it: say so, and wait for somebody to take it late"
        REPEAT = "repeat", "Keep it open and ask everybody again"

    drop_policy = models.CharField(
        "when nobody takes an alert", max_length=10, choices=DropPolicy.choices, default=DropPolicy.DROP
    )
    ack_reminder_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        choices=[(hours, f"after {hours} h") for hours in (1, 3, 5, 10)],
        verbose_name="remind who took an alert",
        help_text="Until it is resolved or two weeks old. Empty: nobody is reminded.",
    )
    unacknowledge_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        choices=[(minutes, f"after {minutes} min") for minutes in (5, 15, 30, 45)],
        verbose_name="take it back without an answer",
        help_text="Who does not confirm a reminder loses the alert, which then escalates again. Empty: never.",
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="oncall_one_organization")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> Organization:
        """Return the one row."""
        return cls.objects.get_or_create(pk=1)[0]


class UserManager(BaseUserManager["User"]):
    """Makes people for Django's own commands; everything else calls `services.create_user`."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save a person whose username defaults to the local part of the address."""
        user = self.model(email=email.strip(), **{"username": email.split("@", maxsplit=1)[0], **fields})
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save a person of role admin."""
        return self.create_user(email, password, **{"role": User.Role.ADMIN, **fields})


class User(Addressable, AbstractBaseUser):
    """A person. Signs in with the e-mail address."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Admin: configures everything"
        EDITOR = "editor", "Editor: acts on alerts and schedules"
        VIEWER = "viewer", "Viewer: reads, and is never asked to take an alert"

    email = models.EmailField()
    username = models.CharField(max_length=150)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.EDITOR)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="oncall_user_email", violation_error_message="Somebody has this e-mail address."
            ),
            models.UniqueConstraint(
                Lower("username"), name="oncall_user_username", violation_error_message="Somebody has this username."
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def zone(self) -> ZoneInfo:
        """The person's own time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def is_staff(self) -> bool:
        """Everybody active may sign in to the console; roles decide what they see there."""
        return self.is_active

    @property
    def is_superuser(self) -> bool:
        """Admins may do everything."""
        return self.is_active and self.role == self.Role.ADMIN

    @property
    def may_edit(self) -> bool:
        """Acts on alerts, schedules, overrides and notices."""
        return self.is_active and self.role in (self.Role.ADMIN, self.Role.EDITOR)

    @property
    def may_be_asked(self) -> bool:
        """Viewers are never on call (spec/oncall-config-api 6.7)."""
        return self.may_edit

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's admin: reading is for everybody, writing goes by role; each admin class narrows it."""
        if not self.is_active:
            return False
        return self.role == self.Role.ADMIN or ".view_" in perm or (self.may_edit and _editors_may(perm))

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active


EDITORS_WRITE = frozenset(
    {"alert", "schedule", "oncallshift", "shiftswap", "notificationrule", "contactmethod", "quiethours"}
)


def _editors_may(perm: str) -> bool:
    return perm.rsplit("_", 1)[-1] in EDITORS_WRITE


class ApiKey(models.Model):
    """Opens every HTTP API with the rights of its user. Only a hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, default="API key")
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Team(Addressable):
    """People who look after something together."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    members = models.ManyToManyField(User, blank=True, related_name="teams")
    escalation_chain = models.ForeignKey(
        "oncall.EscalationChain", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    schedule = models.ForeignKey("oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="+")
    backstop = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Paged when nobody is on call."
    )
    admins = models.ManyToManyField(User, blank=True, related_name="+")

    class Notice(models.TextChoices):
        NONE = "none", "Nobody"
        TEAM_ALL = "team_all", "The whole team"
        TEAM_ADMINS = "team_admins", "The team's admins"
        ONCALL_ROTATION = "oncall_rotation", "Whoever is on call"
        SPECIFIC_USERS = "specific_users", "These people"

    drop_notice = models.CharField("told of a dropped alert", max_length=20, choices=Notice.choices, default="none")
    drop_notice_users = models.ManyToManyField(User, blank=True, related_name="+")
    handoff_notice = models.CharField(
        "told of an alert handed to the team", max_length=20, choices=Notice.choices, default="none"
    )
    handoff_notice_users = models.ManyToManyField(User, blank=True, related_name="+")
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserGroup(Addressable):
    """A named list of people that an escalation policy may notify."""

    name = models.CharField(max_length=100)
    handle = models.SlugField(max_length=100, unique=True)
    members = models.ManyToManyField(User, blank=True, related_name="user_groups")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
