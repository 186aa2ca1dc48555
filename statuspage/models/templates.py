"""Words prepared for the next notice."""

from __future__ import annotations

import secrets
import string

from django.db import models

from statuspage.models.pages import Component, StatusPage

ALPHABET = string.ascii_letters + string.digits


def new_key() -> str:
    """Return six random characters of both cases."""
    return "".join(secrets.choice(ALPHABET) for _ in range(6))


class NoticeTemplate(models.Model):
    """The beginning of a notice."""

    key = models.CharField(max_length=6, unique=True, default=new_key, editable=False)
    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="notice_templates")
    component = models.ForeignKey(Component, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    subject = models.CharField(max_length=255, blank=True)
    initial_comment = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class UpdateTemplate(models.Model):
    """A comment."""

    key = models.CharField(max_length=6, unique=True, default=new_key, editable=False)
    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="update_templates")
    component = models.ForeignKey(Component, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    content = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
