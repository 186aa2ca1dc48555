"""Query parameters that several lists of the OnCall API share."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.serializers import ValidationError

from oncall.api.fields import public_id
from oncall.models import Team

NO_CHOICE = "Select a valid choice. That choice is not one of the available choices."


class ExactFilter(filters.CharFilter):
    """Match exactly; a parameter that is there but empty matches the empty text, which is nothing."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, strip=False, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        name = next(name for name, each in self.parent.filters.items() if each is self)
        return qs.filter(**{str(self.field_name): value}) if name in self.parent.data else qs


class PublicIdFilter(filters.CharFilter):
    """Match by an object's id: empty is no filter, an unknown id matches nothing."""

    def __init__(self, prefix: str, field_name: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        bare = public_id(value, self.prefix)
        return qs.filter(**{f"{self.field_name}__public_id": bare}) if bare else qs.none()


class TeamFilter(filters.CharFilter):
    """Match by team: `null` is without one, empty is no filter, an unknown team is a 400."""

    def __init__(self, field_name: str = "team", **kwargs: Any) -> None:
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if value == "null":
            return qs.filter(**{f"{self.field_name}__isnull": True})
        bare = public_id(value, "T")
        team = Team.objects.filter(public_id=bare).first() if bare else None
        if team is None:
            raise ValidationError({"team_id": [NO_CHOICE]})
        return qs.filter(**{str(self.field_name): team})
