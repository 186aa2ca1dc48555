"""The files of a page: whole or not at all, and only where they may be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from statuspage import bundle as bundles
from statuspage import public, public_clock
from statuspage.bundle import Heading, Item, Shelf
from statuspage.models import StatusPage
from statuspage.services import pages as services
from tests.builders import START
from tests.statuspage import pages


def heading(version: int = 1, *, private: bool = False) -> Heading:
    soon = (START + timedelta(hours=1)).isoformat()
    access: dict[str, Any] = {"access": "password"} if private else {}
    return Heading("acme", "12ab34cd", version, "e", START.isoformat(), soon, private=private, access=access)


def item(path: str, text: str, key: str | None = None, render: Callable[[], bytes] | None = None) -> Item:
    return Item(path, "text/plain", text if key is None else key, render or text.encode)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.write(heading(1), [item("index.html", "one")])

    def fail() -> bytes:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        shelf.write(heading(2), [item("index.html", "two"), item("feed.rss", "x", render=fail)])
    held = shelf.load("acme")
    assert held is not None
    assert (held.heading.version, held.read("index.html")) == (1, b"one")
    assert len(list((tmp_path / "versions").glob("acme~*"))) == 1


def test_a_reader_always_finds_one_whole_version(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.write(heading(0), [item("a", "0"), item("b", "0")])
    seen: list[tuple[bytes, bytes]] = []
    missing: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            folder = (tmp_path / "public/acme").resolve()
            try:
                seen.append(((folder / "a").read_bytes(), (folder / "b").read_bytes()))
            except FileNotFoundError:
                missing.append(folder.name)

    reader = threading.Thread(target=look)
    reader.start()
    for version in range(1, 60):
        shelf.write(heading(version), [item("a", str(version)), item("b", str(version))])
    stop.set()
    reader.join(10)
    assert seen
    assert all(first == second for first, second in seen)


def test_files_that_did_not_change_are_linked_not_written_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    first = shelf.write(heading(1), [item("same", "one", key="k"), item("other", "two")])

    def never() -> bytes:
        raise AssertionError("rendered again")

    second = shelf.write(heading(2), [item("same", "", key="k", render=never), item("other", "three")])
    assert (second.folder / "same").samefile(first.folder / "same")
    assert second.read("other") == b"three"


def test_a_file_that_is_not_whole_is_not_served_and_not_linked(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    first = shelf.write(heading(1), [item("a", "whole", key="k")])
    (first.folder / "a").write_bytes(b"who")
    assert first.read("a") is None
    assert shelf.write(heading(2), [item("a", "whole", key="k")]).read("a") == b"whole"


def test_only_two_versions_are_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for version in range(6):
        shelf.write(heading(version), [item("a", str(version))])
    assert len(list((tmp_path / "versions").glob("acme~*"))) == 2


def test_what_becomes_private_leaves_the_public_folder(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    out = tmp_path / "out"
    bundles.export(shelf.write(heading(1), [item("index.html", "one")]), out)
    assert (out / "acme/index.html").read_text() == "one"
    bundles.export(shelf.write(heading(2, private=True), [item("index.html", "secret")]), out)
    assert not (out / "acme").exists()
    assert not list((out / ".versions").iterdir())
    assert not (tmp_path / "shelf/public/acme").exists()
    assert (tmp_path / "shelf/private").stat().st_mode & 0o077 == 0
    assert (tmp_path / "shelf/private/acme").resolve().stat().st_mode & 0o077 == 0


def test_an_export_holds_nothing_but_the_page(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    made = shelf.write(heading(1), [item("index.html", "one"), item("assets/x.css", "two")])
    shelf.confirm(made, START)
    bundles.export(made, tmp_path / "out")
    found = [path.name for path in (tmp_path / "out/acme/").resolve().rglob("*") if path.is_file()]
    assert sorted(found) == ["index.html", "x.css"]


@pytest.mark.django_db
def test_what_is_exported_is_what_is_served(client: Client, clock: Any, settings: Any, tmp_path: Path) -> None:
    settings.STATUSPAGE_EXPORT_DIR = str(tmp_path / "out")
    page = pages.page()
    pages.incident(page, "Payments fail", pages.component(page, "API"))
    served = client.get("/status/acme/").content
    assert (tmp_path / "out/acme/index.html").read_bytes() == served
    for path in ("feed.rss", "feed.atom", "feed.json", "calendar.ics", "api/v1/status.json", "history/index.html"):
        assert (tmp_path / "out/acme" / path).is_file(), path


@pytest.mark.django_db
def test_a_page_is_written_when_the_change_is_committed(
    clock: Any, django_capture_on_commit_callbacks: Any, shelf: Path
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = pages.page()
    with django_capture_on_commit_callbacks(execute=True):
        pages.incident(page, "Payments fail")
    assert "Payments fail" in (shelf / "public/acme/index.html").read_text()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_page(page)
    assert not (shelf / "public/acme").exists()


@pytest.mark.django_db
def test_the_clock_writes_what_a_killed_process_left_and_what_changes_by_itself(clock: Any, shelf: Path) -> None:
    page = pages.page(time_zone="Asia/Kolkata")
    pages.planned(page, "Upgrade", START + timedelta(hours=2))
    assert public_clock.tick(START) == 1
    assert public_clock.tick(START) == 0
    assert public_clock.next_due() == START + timedelta(hours=2)
    assert public_clock.tick(START + timedelta(hours=2)) == 1
    assert "Maintenance is underway" in (shelf / "public/acme/index.html").read_text()
    assert public_clock.next_due() == START + timedelta(hours=3)
    public_clock.tick(START + timedelta(hours=3))
    assert public_clock.next_due() == START + timedelta(hours=9, minutes=30)  # midnight in Kolkata


@pytest.mark.django_db
def test_a_page_that_cannot_be_written_keeps_no_other_from_it(
    clock: Any, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Acme", "Zeta"):
        pages.page(name)
    render = public._render

    def fail_for_acme(page: StatusPage, now: Any) -> Any:
        if page.slug == "acme":
            raise OSError("disk full")
        return render(page, now)

    monkeypatch.setattr(public, "_render", fail_for_acme)
    assert public.refresh(START) == 1
    assert (shelf / "public/zeta/index.html").is_file()


@pytest.mark.django_db
def test_a_page_with_the_name_of_a_deleted_one_shows_nothing_of_it(client: Client, clock: Any) -> None:
    old = pages.page()
    pages.incident(old, "Old trouble")
    assert b"Old trouble" in client.get("/status/acme/").content
    StatusPage.objects.filter(pk=old.pk).delete()
    new = pages.page()
    StatusPage.objects.filter(pk=new.pk).update(version=StatusPage.objects.get(pk=new.pk).version + 1)
    assert b"Old trouble" not in client.get("/status/acme/").content
