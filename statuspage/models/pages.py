"""A public status page and its fixed parts."""

from __future__ import annotations

import secrets
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q

from alerts.models import Route


def new_page_id() -> str:
    """Return eight random hexadecimal digits, as the Sorry API spells a page."""
    return secrets.token_hex(4)


def default_channels() -> list[str]:
    """Return the ways of being told that a new page offers."""
    return ["email", "webhook"]


class StatusPage(models.Model):
    """A public page. `version` rises with every change that a reader could see."""

    class Access(models.TextChoices):
        PUBLIC = "public", "Everybody"
        PASSWORD = "password", "Who knows the password"
        EMAIL_DOMAIN = "email_domain", "Who has a mail address of a domain"
        NETWORK = "network", "Who comes from a network"

    page_id = models.CharField("id in the API", max_length=8, unique=True, default=new_page_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True, help_text="The page is at /status/<slug>/.")
    name = models.CharField(max_length=255)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="For display only.")
    locale = models.CharField(max_length=10, default="en")
    support_email = models.EmailField(max_length=254, null=True, blank=True)
    support_telephone = models.CharField(max_length=50, null=True, blank=True)
    support_url = models.URLField(max_length=500, null=True, blank=True)
    visible_to_search = models.BooleanField(default=True, help_text="Search engines may list the page.")
    meta_title = models.CharField(max_length=255, null=True, blank=True)
    meta_description = models.CharField(max_length=500, null=True, blank=True)
    google_analytics_id = models.CharField(max_length=50, null=True, blank=True, help_text="Kept, never loaded.")
    links = models.JSONField(default=list, blank=True, help_text='In the footer: [{"label": …, "url": …}].')
    copyright = models.CharField(max_length=255, blank=True)
    recovering_is_degraded = models.BooleanField(
        default=True, help_text="Components stay degraded while a notice is recovering."
    )
    channels = models.JSONField(default=default_channels, blank=True, help_text="How people may be told.")

    access = models.CharField(max_length=20, choices=Access.choices, default=Access.PUBLIC)
    password = models.CharField(max_length=200, blank=True, editable=False)  # hashed as Django hashes passwords
    email_domains = models.JSONField(default=list, blank=True)
    networks = models.JSONField(default=list, blank=True)

    version = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the page shows times."""
        return ZoneInfo(self.time_zone)

    @property
    def is_private(self) -> bool:
        """Whether somebody may be kept out."""
        return self.access != self.Access.PUBLIC

    @property
    def url(self) -> str:
        """Where the public finds it, without a final slash. Select custom_domain where many are asked."""
        domain = CustomDomain.of(self)
        return f"https://{domain}" if domain else f"{settings.TOCSIN_BASE_URL}/status/{self.slug}"


class CustomDomain(models.Model):
    """The host name that shows one page."""

    page = models.OneToOneField(StatusPage, models.CASCADE, related_name="custom_domain")
    domain = models.CharField(max_length=253, unique=True)  # in lower case
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return self.domain

    @staticmethod
    def of(page: StatusPage) -> str:
        """Return the page's own host name; empty when it has none."""
        try:
            return page.custom_domain.domain
        except CustomDomain.DoesNotExist:
            return ""


class Brand(models.Model):
    """A page's colours and pictures; every page has exactly one."""

    COLORS = (
        *("color_state_ok", "color_state_warning", "color_state_info", "color_state_alert"),
        *("color_navbar_background", "color_navbar_links", "color_navbar_button_background"),
        *("color_header_background", "color_header_links", "color_header_text"),
        *("color_body_background", "color_body_links", "color_body_text"),
    )

    page = models.OneToOneField(StatusPage, models.CASCADE, related_name="brand")
    color_state_ok = models.CharField(max_length=40, default="#27ae60")
    color_state_warning = models.CharField(max_length=40, default="#e67e22")
    color_state_info = models.CharField(max_length=40, default="#2980b9")
    color_state_alert = models.CharField(max_length=40, default="#f1c40f")
    color_navbar_background = models.CharField(max_length=40, default="#ffffff")
    color_navbar_links = models.CharField(max_length=40, default="#34495e")
    color_navbar_button_background = models.CharField(max_length=40, default="#2458b8")
    color_header_background = models.CharField(max_length=40, default="#f4f6f8")
    color_header_links = models.CharField(max_length=40, default="#2458b8")
    color_header_text = models.CharField(max_length=40, default="#2c3e50")
    color_body_background = models.CharField(max_length=40, default="#ffffff")
    color_body_links = models.CharField(max_length=40, default="#2458b8")
    color_body_text = models.CharField(max_length=40, default="#2c3e50")
    logo = models.BinaryField(null=True, blank=True)
    logo_type = models.CharField(max_length=40, blank=True, editable=False)  # image/png, …
    favicon = models.BinaryField(null=True, blank=True)
    favicon_type = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Brand of {self.page}"


class Component(models.Model):
    """A part of what the public uses. Its state is derived from notices, never stored."""

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="components")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=255)
    description = models.TextField(null=True, blank=True)
    position = models.IntegerField(default=1, help_text="Lower is higher.")
    routes = models.ManyToManyField(
        Route, blank=True, related_name="components", help_text="Alerts of these routes are about it."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["page", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="statuspage_component_not_its_own_parent")
        ]

    def __str__(self) -> str:
        return self.name
