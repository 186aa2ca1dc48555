"""One URL configuration per HTTP API: the root mounts them, and each is a schema of its own."""

from __future__ import annotations
