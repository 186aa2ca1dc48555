"""Everything that changes a status page."""

from __future__ import annotations
