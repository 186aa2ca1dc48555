"""People, keys, chains and integrations made from a browser are as the services make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse

from alerts.models import Integration
from oncall.models import ApiKey, ContactMethod, EscalationChain, NotificationRule, OnCallShift, User
from oncall.services import keys
from tests import builders
from tests.console.conftest import browser

PASSWORD = "correct-horse-battery-staple"


def inline(prefix: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """The form of a table of rows."""
    form: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for index, row in enumerate(rows):
        form |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return form


def new_person(admin: User, **more: Any) -> Any:
    form = {"email": "new@example.org", "name": "New", "username": "", "role": "editor", "time_zone": "UTC"}
    words = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    return browser(admin).post(reverse("admin:oncall_user_add"), form | words | more)


def test_a_person_made_in_the_console_can_be_reached_and_can_sign_in(admin: User) -> None:
    assert new_person(admin).status_code == 302
    made = User.objects.get(email="new@example.org")
    assert made.username == "new"
    assert made.check_password(PASSWORD)
    assert list(made.contact_methods.values_list("address", "verified_at")) == [("new@example.org", builders.START)]
    assert sorted(made.notification_rules.values_list("important", "kind")) == [
        (False, "notify_by_email"),
        (True, "notify_by_email"),
    ]


def test_an_address_that_somebody_has_is_refused_with_words(admin: User) -> None:
    builders.person("new")
    answer = new_person(admin)
    assert answer.status_code == 200
    assert "Somebody has this e-mail address." in answer.content.decode()
    assert User.objects.filter(email="new@example.org").count() == 1


def test_an_admin_sets_somebodys_password(admin: User, editor: User) -> None:
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    url = reverse("admin:auth_user_password_change", args=(editor.pk,))
    assert browser(admin).post(url, form).status_code == 302
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)
    assert browser(editor).post(reverse("admin:auth_user_password_change", args=(admin.pk,)), form).status_code == 403


def own_page(user: User, **fields: Any) -> dict[str, Any]:
    """The form of a person's page as it was opened."""
    methods = [{"id": row.pk, "user": user.pk, "kind": row.kind, "address": row.address} for row in _methods(user)]
    form: dict[str, Any] = {"name": user.name, "time_zone": user.time_zone, **fields}
    form |= inline("contact_methods", *methods, initial=len(methods))
    for prefix, important in (("notification_rules", False), ("notification_rules-2", True)):
        rows = user.notification_rules.filter(important=important)
        values = [{"id": r.pk, "user": user.pk, "kind": r.kind, "delay": "", "position": r.position} for r in rows]
        form |= inline(prefix, *values, initial=len(values))
    return form | inline("api_keys")


def _methods(user: User) -> list[ContactMethod]:
    return list(user.contact_methods.order_by("pk"))


def test_an_editor_sees_to_their_own_page_but_not_to_their_role(editor: User) -> None:
    url = reverse("admin:oncall_user_change", args=(editor.pk,))
    answer = browser(editor).post(url, own_page(editor, name="Edward", role="admin"))
    assert answer.status_code == 302
    assert list(User.objects.filter(pk=editor.pk).values_list("name", "role")) == [("Edward", "editor")]


def test_an_editor_does_not_write_on_somebody_elses_page(editor: User, admin: User) -> None:
    url = reverse("admin:oncall_user_change", args=(admin.pk,))
    assert browser(editor).post(url, own_page(admin, name="Gone")).status_code == 403


def test_the_only_admin_stays_one(admin: User) -> None:
    url = reverse("admin:oncall_user_change", args=(admin.pk,))
    kept = {"email": admin.email, "username": admin.username}
    answer = browser(admin).post(url, own_page(admin, role="viewer", is_active="on", **kept))
    assert "This is the only active admin" in answer.content.decode()
    builders.person("second", role="admin")
    assert browser(admin).post(url, own_page(admin, role="viewer", is_active="on", **kept)).status_code == 302
    assert User.objects.get(pk=admin.pk).role == "viewer"


def test_everybody_changes_their_own_password(viewer: User) -> None:
    viewer.set_password("old-Horse-7")
    viewer.save()
    form = {"old_password": "old-Horse-7", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert browser(viewer).post(reverse("admin:password_change"), form).status_code == 302
    assert User.objects.get(pk=viewer.pk).check_password(PASSWORD)


def test_an_address_that_an_editor_adds_waits_for_proof(editor: User) -> None:
    form = own_page(editor)
    form |= {"contact_methods-TOTAL_FORMS": 2, "contact_methods-1-user": editor.pk}
    form |= {"contact_methods-1-kind": "email", "contact_methods-1-address": "mine@example.org"}
    assert browser(editor).post(reverse("admin:oncall_user_change", args=(editor.pk,)), form).status_code == 302
    assert ContactMethod.objects.get(address="mine@example.org").verified_at is None
    assert ContactMethod.objects.get(address=editor.email).verified_at == builders.START


def test_rules_are_kept_in_the_order_in_which_they_were_dragged(editor: User) -> None:
    form = own_page(editor)
    form |= {"notification_rules-TOTAL_FORMS": 3, "notification_rules-0-position": 2}
    form |= {"notification_rules-1-kind": "notify_by_sms", "notification_rules-1-position": 0}
    form |= {"notification_rules-2-kind": "wait", "notification_rules-2-delay": "7 min"}
    form |= {"notification_rules-2-position": 1, "notification_rules-1-user": editor.pk}
    assert browser(editor).post(reverse("admin:oncall_user_change", args=(editor.pk,)), form).status_code == 302
    rows = NotificationRule.objects.filter(user=editor, important=False).order_by("position")
    assert sorted(rows.values_list("kind", "delay")) == [
        ("notify_by_email", None),
        ("notify_by_sms", None),
        ("wait", timedelta(minutes=7)),
    ]


def test_a_key_is_shown_once_and_opens_the_api(admin: User) -> None:
    answer = browser(admin).post(reverse("admin:oncall_apikey_add"), {"user": admin.pk, "name": "deploys"})
    key = ApiKey.objects.get(name="deploys")
    text = answer.content.decode()
    token = text[text.index('id="key"') :].split(">", 1)[1].split("<", 1)[0]
    found = keys.find_key(token, now=builders.START)
    assert found == key
    assert "no-store" in answer["Cache-Control"]
    assert token not in browser(admin).get(reverse("admin:oncall_apikey_change", args=(key.pk,))).content.decode()


def test_an_editor_makes_keys_for_nobody_else(admin: User, editor: User) -> None:
    answer = browser(editor).post(reverse("admin:oncall_apikey_add"), {"user": admin.pk, "name": "mine"})
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_revoked_key_stays_in_the_list_and_opens_nothing(admin: User) -> None:
    key, token = keys.issue_key(admin, now=builders.START)
    browser(admin).post(reverse("admin:oncall_apikey_press", args=(key.pk, "revoke_key")))
    assert keys.find_key(token, now=builders.START) is None
    delete = reverse("admin:oncall_apikey_delete", args=(key.pk,))
    assert browser(admin).post(delete, {"post": "yes"}).status_code == 403
    assert "Revoked" in browser(admin).get(reverse("admin:oncall_apikey_changelist")).content.decode()


def test_an_integration_made_in_the_console_has_a_route_to_its_chain(admin: User) -> None:
    chain = builders.chain("c", admin)
    form = {"name": "Prometheus", "type": "alertmanager", "chain": chain.pk, "urgency": "high", "team": ""}
    more = {"description_short": "", "allow_source_resolve": "on"}
    answer = browser(admin).post(reverse("admin:alerts_integration_add"), form | more)
    assert answer.status_code == 302
    made = Integration.objects.get(name="Prometheus")
    assert (made.urgency, made.routes.get().chain, made.routes.get().is_default) == ("high", chain, True)


def test_a_deleted_integration_refuses_its_address_and_keeps_its_alerts(loaded: None, admin: User) -> None:
    row = Integration.objects.get(type="alertmanager")
    before = row.alerts.count()
    browser(admin).post(reverse("admin:alerts_integration_press", args=(row.pk, "close")))
    row.refresh_from_db()
    assert row.deleted_at == builders.START
    assert row.alerts.count() == before == 3


def chain_form(chain: EscalationChain, *steps: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    head = {"name": chain.name, "team": "", "final_timeout": "5 min"}
    return head | inline("policies", *({"chain": chain.pk, **step} for step in steps), initial=initial)


def save_chain(admin: User, chain: EscalationChain, *steps: dict[str, Any], initial: int = 0) -> Any:
    url = reverse("admin:oncall_escalationchain_change", args=(chain.pk,))
    return browser(admin).post(url, chain_form(chain, *steps, initial=initial))


def steps_of(chain: EscalationChain) -> list[tuple[int, str, list[str]]]:
    rows = chain.policies.order_by("position")
    return [(r.position, r.type, [p.user.username for p in r.person_rows.order_by("position")]) for r in rows]


def test_people_of_a_policy_are_kept_in_the_order_in_which_they_were_chosen(admin: User, editor: User) -> None:
    chain = builders.chain("c")
    eve = builders.person("eve")
    step = {"type": "notify_person_next_each_time", "persons": [eve.pk, admin.pk, editor.pk], "position": ""}
    assert save_chain(admin, chain, step).status_code == 302
    assert steps_of(chain) == [(0, "notify_person_next_each_time", ["eve", "ada", "ed"])]
    text = browser(admin).get(reverse("admin:oncall_escalationchain_change", args=(chain.pk,))).content.decode()
    shown = text[text.index('name="policies-0-persons"') :]
    assert shown.index(">eve<") < shown.index(">ada<") < shown.index(">ed<")


def test_policies_are_dragged_added_and_removed_in_one_go(admin: User, editor: User) -> None:
    chain = builders.chain("c", admin, timedelta(minutes=10), editor)
    first, wait, second = chain.policies.order_by("position")
    answer = save_chain(
        admin,
        chain,
        {"id": first.pk, "type": "notify_persons", "persons": [admin.pk], "position": 2},
        {"id": wait.pk, "type": "wait", "delay": "10 min", "position": 1, "DELETE": "on"},
        {"id": second.pk, "type": "notify_persons", "persons": [editor.pk], "position": 0},
        {"type": "wait", "delay": "1 h", "position": 1},
        initial=3,
    )
    assert answer.status_code == 302
    assert steps_of(chain) == [(0, "notify_persons", ["ed"]), (1, "wait", []), (2, "notify_persons", ["ada"])]
    assert chain.policies.get(type="wait").delay == timedelta(hours=1)


def test_a_wait_that_is_too_short_is_refused_with_the_limits(admin: User) -> None:
    chain = builders.chain("c")
    answer = save_chain(admin, chain, {"type": "wait", "delay": "30 s", "position": ""})
    assert "30 is too short; a wait lasts from 60 to 86400 seconds." in answer.content.decode()
    assert steps_of(chain) == []


def test_a_rotation_is_written_with_names(editor: User, admin: User) -> None:
    form = {"type": "rolling_users", "name": "weeks", "start": "2030-01-07T09:00:00", "duration": "7 d"}
    more = {"frequency": "weekly", "interval": "1", "rolling_users": "ada\ned, ada", "level": "0", "start_index": "0"}
    answer = browser(editor).post(reverse("admin:oncall_oncallshift_add"), form | more)
    assert answer.status_code == 302
    made = OnCallShift.objects.get()
    assert made.rolling_users == [[admin.pk], [editor.pk, admin.pk]]
    assert made.duration == timedelta(days=7)


def test_a_name_that_nobody_has_is_named(editor: User) -> None:
    form = {"type": "rolling_users", "start": "2030-01-07T09:00:00", "duration": "7 d", "frequency": "weekly"}
    answer = browser(editor).post(reverse("admin:oncall_oncallshift_add"), form | {"rolling_users": "ghost"})
    assert "There is nobody called ghost; give usernames." in answer.content.decode()
