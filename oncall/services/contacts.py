"""The addresses that people add and remove for themselves."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from base.errors import Conflict
from oncall import addresses
from oncall.models import ContactMethod, User


def add(user: User, kind: str, text: str) -> ContactMethod:
    """Add an address that waits for proof. Raises Invalid for one that cannot be used, Conflict for one they have."""
    found = addresses.read(kind, text)
    try:
        with transaction.atomic():
            return ContactMethod.objects.create(user=user, kind=kind, address=found.shown, target=found.target)
    except IntegrityError as error:
        raise Conflict("You have this address already.") from error


@transaction.atomic
def remove(method: ContactMethod) -> None:
    """Delete an address. Raises Conflict for the last one that is verified: nobody may vanish by mistake."""
    ways = ContactMethod.objects.select_for_update().filter(user_id=method.user_id, verified_at__isnull=False)
    if method.verified_at and set(ways.values_list("pk", flat=True)) <= {method.pk}:
        raise Conflict("This is the last way to reach you: verify another one first.")
    method.delete()
