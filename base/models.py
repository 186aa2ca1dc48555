"""Abstract models. The floor owns no table."""

from __future__ import annotations

from django.db import models

from base.ids import new_public_id


class Addressable(models.Model):
    """A row that some dialect addresses: `E` + public_id, `alt_` + public_id, …"""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)

    class Meta:
        abstract = True
