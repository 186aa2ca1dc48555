"""The finished page as files: written whole, swapped in at once, read without asking anybody.

`<data>/statuspages/public/<slug>` is a link to one version of the page; any web server can serve that folder alone.
Private pages lie under `private/`, which nobody but this application reads, and are never exported.
A version that is being written is not visible before the link is swapped, so a reader sees the old or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

MANIFEST = ".manifest.json"
CONFIRMED = ".confirmed"  # touched when the database last said that the bundle is current
KEPT_VERSIONS = 2  # the one in use, and the one that a slow reader may still be reading


@dataclass(frozen=True, slots=True)
class Item:
    """One file to be: `key` names everything it depends on, so that an unchanged one is linked, not rendered."""

    path: str
    type: str
    key: str
    render: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class File:
    """One file of a bundle."""

    type: str
    etag: str
    size: int
    key: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What a bundle says of itself, and what is needed to serve it when the database cannot be asked."""

    slug: str
    page_id: str
    version: int
    edition: str  # of the program that wrote it: another one writes it anew
    rendered_at: str  # ISO instant
    fresh_until: str  # ISO instant at which the page changes though nobody changed it
    host: str = ""
    locale: str = "en"
    private: bool = False
    access: dict[str, Any] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)  # an old token → the path of its notice


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it lies on the disk."""

    folder: Path
    heading: Heading
    files: dict[str, File]

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; None when it is not there or not whole."""
        entry = self.files.get(path)
        if entry is None:
            return None
        try:
            content = (self.folder / path).read_bytes()
        except OSError:
            return None
        return content if len(content) == entry.size else None

    def is_current(self, version: int, now: datetime) -> bool:
        """Return whether it still says what the database would say."""
        return self.heading.version == version and now < self.fresh_until

    @property
    def fresh_until(self) -> datetime:
        """When the page changes by itself."""
        return datetime.fromisoformat(self.heading.fresh_until)

    @property
    def rendered_at(self) -> datetime:
        """When it was written."""
        return datetime.fromisoformat(self.heading.rendered_at)


class Shelf:
    """The folder with the bundles of all pages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.public = root / "public"
        self.private = root / "private"
        self.versions = root / "versions"
        self._shelves = (f"{self.public}/", f"{self.private}/")

    def load(self, slug: str) -> Bundle | None:
        """Return the bundle of a page; None when there is none that can be read."""
        for shelf in (self.public, self.private):
            with suppress(OSError, ValueError, TypeError, KeyError):
                folder = (shelf / slug).resolve(strict=True)
                return _read_manifest(folder)
        return None

    def stamp(self, slug: str) -> int:
        """Return a number that differs once the page's bundle is another; 0 when there is none."""
        for shelf in self._shelves:
            try:
                return os.lstat(shelf + slug).st_mtime_ns or 1
            except OSError:
                continue
        return 0

    def write(self, heading: Heading, items: Iterable[Item]) -> Bundle:
        """Write a whole bundle and swap it in; files that did not change are linked from the one before."""
        before = self.load(heading.slug)
        for folder in (self.public, self.private, self.versions):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755 if folder == self.public else 0o700 if folder == self.private else 0o711)
        made = self.versions / f"{heading.slug}~{secrets.token_hex(8)}"
        try:
            files = _fill(made, items, before)
            manifest = {"heading": asdict(heading), "files": {path: asdict(file) for path, file in files.items()}}
            target = made / MANIFEST
            target.write_text(json.dumps(manifest))
            target.chmod(0o600)
            made.chmod(0o700 if heading.private else 0o755)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        shelf, other = (self.private, self.public) if heading.private else (self.public, self.private)
        (other / heading.slug).unlink(missing_ok=True)  # first: what has become private is never public again
        swap(shelf / heading.slug, Path("..") / self.versions.name / made.name)
        self._prune(heading.slug, made)
        return Bundle(made, heading, files)

    def remove(self, slug: str) -> None:
        """Take a page off the shelf."""
        for shelf in (self.public, self.private):
            (shelf / slug).unlink(missing_ok=True)
        for folder in self.versions.glob(f"{slug}~*"):
            shutil.rmtree(folder, ignore_errors=True)

    def slugs(self) -> list[str]:
        """Return the pages that have a bundle."""
        found = {path.name for shelf in (self.public, self.private) if shelf.is_dir() for path in shelf.iterdir()}
        return sorted(name for name in found if not name.startswith("."))

    def confirm(self, bundle: Bundle, at: datetime) -> None:
        """Note that the database said at this instant that the bundle is current."""
        path = bundle.folder / CONFIRMED
        with suppress(OSError):
            path.touch(exist_ok=True)
            os.utime(path, (at.timestamp(), at.timestamp()))

    def confirmed_at(self, bundle: Bundle) -> datetime:
        """Return when the bundle was last known to be current."""
        with suppress(OSError):
            seen = (bundle.folder / CONFIRMED).stat().st_mtime
            return max(bundle.rendered_at, datetime.fromtimestamp(seen, bundle.rendered_at.tzinfo))
        return bundle.rendered_at

    @contextmanager
    def lock(self, slug: str) -> Iterator[None]:
        """Let one process at a time write a page's bundle."""
        self.versions.mkdir(parents=True, exist_ok=True)
        with (self.versions / f".{slug}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _prune(self, slug: str, current: Path) -> None:
        folders = sorted(self.versions.glob(f"{slug}~*"), key=_age, reverse=True)
        for folder in [path for path in folders if path != current][KEPT_VERSIONS - 1 :]:
            shutil.rmtree(folder, ignore_errors=True)


def export(bundle: Bundle, target: Path) -> None:
    """Copy a public bundle beside the others in a folder that some web server serves, and swap it in.

    A private bundle is refused: whoever serves that folder asks for no password.
    """
    slug = bundle.heading.slug
    if bundle.heading.private:
        withdraw(slug, target)
        return
    versions = target / ".versions"
    versions.mkdir(parents=True, exist_ok=True)
    made = versions / f"{slug}~{secrets.token_hex(8)}"
    shutil.copytree(bundle.folder, made, ignore=shutil.ignore_patterns(MANIFEST, CONFIRMED))
    swap(target / slug, Path(versions.name) / made.name)
    for folder in versions.glob(f"{slug}~*"):
        if folder != made:
            shutil.rmtree(folder, ignore_errors=True)


def withdraw(slug: str, target: Path) -> None:
    """Take a page out of the export folder."""
    (target / slug).unlink(missing_ok=True)
    for folder in (target / ".versions").glob(f"{slug}~*"):
        shutil.rmtree(folder, ignore_errors=True)


def swap(link: Path, target: Path) -> None:
    """Point a symbolic link to another folder in one step: no reader finds it missing."""
    link.parent.mkdir(parents=True, exist_ok=True)
    beside = link.with_name(f".{link.name}.{secrets.token_hex(4)}")
    beside.symlink_to(target)
    beside.replace(link)


def write_file(path: Path, content: bytes) -> None:
    """Replace a small file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    beside.write_bytes(content)
    beside.replace(path)


def etag_of(content: bytes) -> str:
    """Return the strong entity tag of some bytes, with its quotes."""
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def _fill(folder: Path, items: Iterable[Item], before: Bundle | None) -> dict[str, File]:
    files: dict[str, File] = {}
    for item in items:
        path = folder / item.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if before is not None and (same := _link(item, before, path)):
            files[item.path] = same
            continue
        content = item.render()
        path.write_bytes(content)
        files[item.path] = File(item.type, etag_of(content), len(content), item.key)
    return files


def _link(item: Item, before: Bundle, path: Path) -> File | None:
    """Link a file of the bundle before if nothing it depends on changed."""
    old = before.files.get(item.path)
    if old is None or old.key != item.key or old.type != item.type:
        return None
    try:
        source = before.folder / item.path
        if source.stat().st_size != old.size:
            return None
        os.link(source, path)
    except OSError:
        return None
    return old


def _read_manifest(folder: Path) -> Bundle:
    manifest = json.loads((folder / MANIFEST).read_text())
    files = {path: File(**entry) for path, entry in manifest["files"].items()}
    return Bundle(folder, Heading(**manifest["heading"]), files)


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
