"""Tries to sign in through an API, so that guessing passwords is slow however many processes answer."""

from __future__ import annotations

from django.db import models


class LoginTry(models.Model):
    """One try. `subject` is a digest of what is guessed at: an e-mail address, or the caller's network address."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "at"], name="oncall_login_subject"),
            models.Index(fields=["at"], name="oncall_login_at"),
        ]
