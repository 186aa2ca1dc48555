"""The machine room by itself: no domain, a clock made of files."""

from __future__ import annotations

from config.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django_q",
    "base",
    "config",
]
AUTH_USER_MODEL = "auth.User"
ROOT_URLCONF = "base.urls"
MIDDLEWARE = ["base.middleware.MetricsMiddleware"]
STATICFILES_DIRS = []
CLOCKS = ["tests.base.fileclock"]
