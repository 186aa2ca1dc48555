"""Sample integrations and alerts in every status, made by the services at instants relative to now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts import services
from alerts.models import Alert, Assignment, Escalation, Integration, LogEntry, Source
from alerts.services import escalations
from oncall.models import EscalationChain, Team, User
from oncall.sample import SampleTeam

Status = Alert.Status
MONITORS = (
    ("alertmanager", "Alertmanager"),
    ("grafana_alerting", "Grafana"),
    ("webhook", "Deploy pipeline"),
    ("formatted_webhook", "Nightly jobs"),
)


@dataclass
class Stage:
    """Where the sample is played: its integrations by type, and who holds what."""

    now: datetime
    doors: dict[str, Integration]
    people: list[User]

    def fire(self, kind: str, payload: dict[str, Any], *, ago: timedelta, until: timedelta = timedelta()) -> Alert:
        """Receive a payload some time ago, and let the chain run until that long ago."""
        at = self.now - ago
        alert = services.receive(self.doors[kind], payload, now=at).alert
        _run(alert, at, self.now - until)
        return alert

    def act(self, verb: Callable[..., Any], alert: Alert, *, ago: timedelta, who: int = 0, **more: Any) -> None:
        """Let a sample person act on the alert some time ago."""
        verb(alert, by=self.people[who], source=Source.CONSOLE, now=self.now - ago, **more)


def minutes(number: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    """Return so many hours."""
    return timedelta(hours=number)


def is_loaded() -> bool:
    """Tell whether any sample integration is there."""
    return Integration.objects.filter(is_sample=True).exists()


def load(teams: list[SampleTeam], now: datetime) -> list[Alert]:
    """Make the integrations and their alerts; the caller holds a transaction."""
    platform, payments = teams
    to = {"grafana_alerting": (payments.team, payments.chain), "formatted_webhook": (payments.team, payments.chain)}
    doors = {kind: _door(kind, name, *to.get(kind, (platform.team, platform.chain)), now) for kind, name in MONITORS}
    stage = Stage(now, doors, list(User.objects.filter(is_sample=True).order_by("pk")))
    alerts = [*_present(stage), *_past(stage), *_unusual(stage)]
    LogEntry.objects.filter(alert__in=alerts).update(announce_at=None)  # nobody real hears of them
    return alerts


def _door(kind: str, name: str, team: Team, chain: EscalationChain, now: datetime) -> Integration:
    made = services.create_integration(type_slug=kind, name=name, now=now - timedelta(days=8), team=team, chain=chain)
    made.is_sample = True
    if kind == "webhook":  # any JSON at all: only a template knows where its title is
        made.templates = {"web_title": "{{ payload.title }}", "web_message": "{{ payload.message }}"}
    made.save(update_fields=["is_sample", "templates"])
    return made


def _present(stage: Stage) -> list[Alert]:
    disk = stage.fire(
        "alertmanager", _prometheus("DiskFull", "eu-7", "critical", "/var on eu-7 is 97 % full"), ago=minutes(4)
    )
    slow = stage.fire(
        "grafana_alerting",
        _prometheus("CheckoutLatency", "checkout", "warning", "p99 of the checkout is above 2 s"),
        ago=minutes(2),
    )
    lag = stage.fire(
        "alertmanager",
        _prometheus("ReplicaLag", "orders-db-2", "warning", "The replica is 94 s behind"),
        ago=minutes(26),
        until=minutes(22),
    )
    stage.act(services.acknowledge, lag, ago=minutes(22))
    noisy = stage.fire(
        "alertmanager",
        _prometheus("CertificateEnds", "legacy.sample.example", "info", "The certificate ends in 6 days"),
        ago=hours(3),
        until=minutes(170),
    )
    stage.act(services.silence, noisy, ago=minutes(170), who=1, until=stage.now + hours(6))
    return [disk, slow, lag, noisy]


def _past(stage: Stage) -> list[Alert]:
    body = {"alert_uid": "backup-billing", "title": "Nightly backup of billing did not finish", "state": "alerting"}
    backup = stage.fire("formatted_webhook", body, ago=hours(5))
    errors = _prometheus("ApiErrors", "api", "critical", "7 % of requests fail")
    rate = stage.fire("grafana_alerting", errors, ago=hours(26), until=hours(26) - timedelta(minutes=3))
    stage.act(services.acknowledge, rate, ago=hours(26) - timedelta(minutes=3), who=2)
    ended = errors | {"status": "resolved", "alerts": [errors["alerts"][0] | {"status": "resolved"}]}
    services.receive(stage.doors["grafana_alerting"], ended, now=stage.now - hours(25))
    rate.refresh_from_db()
    deploy = stage.fire(
        "webhook",
        {"title": "Deploy of shop 4.12 failed", "message": "Step 3 of 5: migrations time out after 300 s"},
        ago=hours(74),
        until=hours(73),
    )
    stage.act(services.resolve, deploy, ago=hours(73), who=1)
    stage.act(services.archive, deploy, ago=hours(48), who=1)
    return [backup, rate, deploy]


def _unusual(stage: Stage) -> list[Alert]:
    """Show the statuses that only routers of alerts lead to: no verb does, so these three are put there."""
    made = []
    parent = Alert.objects.filter(integration=stage.doors["alertmanager"]).order_by("pk").first()
    plans: list[tuple[Alert.Status, str, dict[str, Any]]] = [
        (Status.SUPPRESSED, "Weekly load test on staging-2", {}),
        (Status.AGGREGATING, "Disk /var/log on eu-7 is 91 % full", {"parent": parent}),
        (Status.ROUTABLE, "Queue of newsletters is longer than 10,000", {}),
    ]
    for status, title, more in plans:
        alert = stage.fire("webhook", {"title": title}, ago=timedelta(minutes=50), until=timedelta(minutes=50))
        escalations.stop(alert, now=alert.created_at)
        Alert.objects.filter(pk=alert.pk).update(status=status, **more)
        escalations.log(alert, LogEntry.Kind.NOTE, alert.created_at, text=f"Sample: shown as {status.label.lower()}.")
        alert.refresh_from_db()
        made.append(alert)
    return made


def _run(alert: Alert, start: datetime, end: datetime) -> None:
    """Run the alert's own escalations from promise to promise; nobody else's is touched."""
    at = start
    while True:
        rows = list(alert.escalations.filter(due_at__lte=end).order_by("due_at"))
        if not rows:
            break
        at = max(at, rows[0].due_at or at)
        services.advance_now(rows[:1], now=at)
        fresh = Assignment.objects.filter(alert=alert, due_at__isnull=False)
        services.assignments_planned(dict(fresh.values_list("pk", "asked_at")))
    alert.refresh_from_db()


def _prometheus(name: str, place: str, severity: str, summary: str) -> dict[str, Any]:
    """Return what Alertmanager posts for a group of one alert (webhook version 4)."""
    labels = {"alertname": name, "instance": place, "severity": severity}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": summary},
        "generatorURL": f"https://prometheus.sample.example/graph?g0.expr={name}",
        "fingerprint": f"{name}-{place}".lower(),
    }
    return {
        "version": "4",
        "status": "firing",
        "receiver": "tocsin",
        "groupKey": f'{{}}:{{alertname="{name}", instance="{place}"}}',
        "groupLabels": {"alertname": name, "instance": place},
        "commonLabels": labels,
        "commonAnnotations": {"summary": summary},
        "externalURL": "https://alertmanager.sample.example",
        "truncatedAlerts": 0,
        "alerts": [alert],
    }


def remove() -> tuple[int, list[str]]:
    """Delete the sample integrations and all alerts that came through them; return how many alerts, and what else.

    The caller holds a transaction."""
    alerts = Alert.objects.filter(integration__is_sample=True)
    count = alerts.count()
    alerts.delete()
    Integration.objects.filter(is_sample=True).delete()
    return count, [*_keep_apart(), *_asked_elsewhere()]


def _keep_apart() -> list[str]:
    """Rename integrations that lose their sample team and would share a name with one that has no team."""
    lines = []
    taken = set(Integration.objects.filter(team=None, deleted_at=None).values_list("name", flat=True))
    for row in Integration.objects.filter(team__is_sample=True, deleted_at=None).select_related("team").order_by("pk"):
        new = row.name
        while new in taken:
            new = f"{new} ({row.team})"[:200] if row.team and new == row.name else f"{new}+"
        taken.add(new)
        if new != row.name:
            Integration.objects.filter(pk=row.pk).update(name=new)
            lines.append(f"integration {row.name}: now called {new}, since its sample team goes")
    return lines


def _asked_elsewhere() -> list[str]:
    rows = Assignment.objects.filter(user__is_sample=True)
    if not (count := rows.count()):
        return []
    running = Escalation.objects.filter(status__in=Escalation.LIVE, assignments__in=rows).distinct().count()
    lines = [f"{count} request{'' if count == 1 else 's'} to sample people on other alerts: deleted with the people"]
    return [*lines, f"{running} running escalations had asked sample people"] if running else lines
