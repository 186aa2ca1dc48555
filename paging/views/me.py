"""One small page for the person on call: my alerts, who is on call, how I am reached. It works without script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_q.tasks import async_task

from alerts import services
from alerts.lifecycle import Door, Verb, is_allowed
from alerts.models import Alert, Assignment, Source
from base import clock
from base.errors import DomainError
from oncall import selectors
from oncall.models import ContactMethod, Schedule, User
from oncall.services import contacts
from paging import codes, devices, messages, proofs
from paging.channels import registry

ALERTS_SHOWN = 50
VERBS = (("acknowledge", "Acknowledge", Verb.ACKNOWLEDGE), ("resolve", "Resolve", Verb.RESOLVE))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Mine:
    """One alert as it is shown."""

    alert: Alert
    title: str
    age: str
    state: str
    buttons: tuple[tuple[str, str], ...]


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show what concerns the person now."""
    now, user = clock.now(), _user(request)
    context = {
        "user": user,
        "mine": _mine(user, now),
        "on_call": _on_call(user, now),
        "methods": list(user.contact_methods.order_by("pk")),
        "rules": _rules(user),
        "kinds": _kinds(),
        "start": codes.chat_token(user, now),
        "push_key": devices.public_key(),
    }
    response = render(request, "paging/me.html", context)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def act(request: HttpRequest, public_id: str) -> HttpResponse:
    """Acknowledge, resolve or reject one of the person's alerts."""
    user, now, verb = _editor(request), clock.now(), request.POST.get("verb", "")
    alert = Alert.objects.filter(public_id=public_id).first()
    if alert is None or verb not in ("acknowledge", "resolve", "reject"):
        raise Http404(public_id)
    try:
        _do(alert, user, verb, now)
    except DomainError as error:
        flash.warning(request, messages.state_of(alert, now, reader_pk=user.pk) or error.message)
    if verb == "reject":  # what changes the alert itself is seen by the clock
        async_task("paging.tasks.edit_messages", alert.pk)
    return _home()


@login_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add an address and send the code that proves it."""
    user, kind = _editor(request), request.POST.get("kind", "")
    if kind not in dict(_kinds()):
        raise Http404(kind)
    try:
        method = contacts.add(user, kind, request.POST.get("address", ""))
        proofs.send_test(method, now=clock.now())
    except DomainError as error:
        flash.error(request, error.message)
    else:
        flash.success(request, f"A code is on its way to {method}. Type it below within an hour.")
    return _home()


@login_required
@require_POST
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Test, confirm or remove one of the person's own addresses."""
    user, now, verb = _editor(request), clock.now(), request.POST.get("verb", "")
    method = ContactMethod.objects.filter(pk=pk, user=user).first()
    if method is None:
        raise Http404(str(pk))
    try:
        flash.success(request, _see_to(method, verb, request.POST.get("code", ""), now))
    except DomainError as error:
        flash.error(request, error.message)
    return _home()


def _see_to(method: ContactMethod, verb: str, code: str, now: datetime) -> str:
    if verb == "confirm":
        proofs.confirm(method, code, now=now)
        return f"{method} is yours and counts from now on."
    if verb == "remove":
        contacts.remove(method)
        return f"{method} is removed."
    if verb != "test":
        raise Http404(verb)
    proofs.send_test(method, now=now)
    what = "A test message" if method.verified_at else "A code"
    return f"{what} is on its way to {method}."


def _do(alert: Alert, user: User, verb: str, now: datetime) -> None:
    if verb == "reject":
        services.reject(alert, by=user, source=Source.CONSOLE, now=now)
        return
    move = services.acknowledge if verb == "acknowledge" else services.resolve
    if not move(alert, by=user, source=Source.CONSOLE, now=now):
        raise DomainError(f"The alert is {alert.get_status_display().lower()}.")


def _mine(user: User, now: datetime) -> list[Mine]:
    """Return the alerts that wait for the person, then those they hold."""
    waiting = Q(status__in=(Alert.Status.OPEN, Alert.Status.DROPPED, Alert.Status.SILENCED))
    asked = Assignment.objects.filter(user=user, answer=Assignment.Answer.NONE).values_list("alert_id", "run")
    runs = dict(asked.order_by("run", "pk"))
    held = Q(status=Alert.Status.ACKNOWLEDGED, acknowledged_by=user)
    rows = Alert.objects.filter((waiting & Q(pk__in=runs)) | held).select_related("integration", "acknowledged_by")
    found = [row for row in rows.order_by("-created_at", "-pk")[:ALERTS_SHOWN] if _concerns(row, user, runs)]
    found.sort(key=lambda row: row.status == Alert.Status.ACKNOWLEDGED)
    return [_shown(row, user, now) for row in found]


def _concerns(alert: Alert, user: User, runs: dict[int, int]) -> bool:
    return alert.acknowledged_by_id == user.pk or runs.get(alert.pk) == alert.run


def _shown(alert: Alert, user: User, now: datetime) -> Mine:
    buttons = [(name, label) for name, label, verb in VERBS if is_allowed(verb, alert.status, Door.DOMAIN)]
    if alert.status == Alert.Status.OPEN:
        buttons.append(("reject", "Not me"))
    state = messages.state_of(alert, now, reader_pk=user.pk)
    age = messages.ago(now - alert.created_at)
    return Mine(alert, messages.one_line(alert.title), age, state, tuple(buttons) if user.may_edit else ())


def _on_call(user: User, now: datetime) -> list[tuple[Schedule, list[str]]]:
    schedules = list(Schedule.objects.order_by("name", "pk"))
    found = selectors.on_call_now(schedules, now)
    names = User.objects.in_bulk({pk for pks in found.values() for pk in pks})
    return [
        (schedule, ["you" if pk == user.pk else str(names[pk]) for pk in found[schedule.pk] if pk in names])
        for schedule in schedules
    ]


def _rules(user: User) -> list[tuple[str, str]]:
    """Return in words how the person is reached, as they set it."""
    rows = list(user.notification_rules.order_by("position", "pk"))
    words = {flag: ", ".join(str(row) for row in rows if row.important is flag) for flag in (False, True)}
    return [("When asked", words[False]), ("When it is important", words[True])]


def _kinds() -> list[tuple[str, str]]:
    """Return the kinds of address that a person can type; a device registers itself."""
    reached = set(registry.person_channels().values()) - {ContactMethod.Kind.PUSH.value}
    return [(kind, label) for kind, label in ContactMethod.Kind.choices if kind in reached]


def _user(request: HttpRequest) -> User:
    user: Any = request.user
    assert isinstance(user, User)  # noqa: S101  login_required
    return user


def _editor(request: HttpRequest) -> User:
    user = _user(request)
    if not user.may_edit:
        raise PermissionDenied
    return user


def _home() -> HttpResponse:
    return HttpResponseRedirect(reverse("me"))
