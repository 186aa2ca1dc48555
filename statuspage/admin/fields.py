"""Form fields that these pages share."""

from __future__ import annotations

from typing import Any

from django import forms


class HttpsField(forms.URLField):
    """An address; without a scheme it is https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)
