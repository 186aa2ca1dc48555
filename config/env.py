"""Read the environment: each reader either returns a usable value or stops the start with one sentence."""

from __future__ import annotations

import json
import os
import re
import secrets
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
EMAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "smtps")
PHONE_FIELDS = {"twilio": ("account", "secret", "from"), "http": ("url", "secret", "from")}
HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:]+\]")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def refuse(name: str, value: str, wanted: str) -> NoReturn:
    """Stop the start with a sentence that names the variable."""
    raise SystemExit(f"{name}: {value!r} cannot be used; {wanted}.")


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that NAME_FILE points to (for secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as exc:
            refuse(f"{name}_FILE", path, f"the file cannot be read ({exc.strerror})")
    return os.environ.get(name, default).strip() or default


def integer(name: str, default: int, *, least: int = 0) -> int:
    """Return a whole number of at least `least`."""
    raw = text(name, str(default))
    if not raw.isdecimal() or int(raw) < least:
        refuse(name, raw, f"give a whole number of at least {least}")
    return int(raw)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices, in upper case."""
    raw = text(name, default).upper()
    if raw not in choices:
        refuse(name, raw, f"give one of {', '.join(choices)}")
    return raw


def words(name: str) -> list[str]:
    """Return a comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def hosts(name: str) -> list[str]:
    """Return host names, of which one may begin with a dot to mean all below it."""
    found = words(name)
    for host in found:
        if not HOST.fullmatch(host):
            refuse(name, host, "give host names with commas, without http:// or a path")
    return found


def data_dir(base: Path) -> Path:
    """Return the folder for database, key and files, made if it is missing."""
    raw = text("TOCSIN_DATA_DIR", str(base / "var"))
    path = Path(raw).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / ".writable").touch()
    except OSError as exc:
        refuse("TOCSIN_DATA_DIR", raw, f"the folder cannot be written ({exc.strerror})")
    return path


def base_url() -> str:
    """Return the public address without a final slash."""
    raw = text("TOCSIN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    try:
        parts = urlsplit(raw)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        refuse("TOCSIN_BASE_URL", raw, "give an address such as https://tocsin.example.org")
    return raw


def secret_key(data: Path) -> str:
    """Return TOCSIN_SECRET_KEY, else the key kept in the data folder, made at first start."""
    if given := text("TOCSIN_SECRET_KEY"):
        if len(given) < 32:
            refuse("TOCSIN_SECRET_KEY", "…", "give at least 32 characters")
        return given
    path = data / "secret_key"
    try:
        # Two processes may start at once: the one that creates the file decides.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    kept = path.read_text().strip()
    return kept or refuse("TOCSIN_SECRET_KEY", "…", f"{path} is empty: delete it or set the variable")


def database(data: Path) -> dict[str, Any]:
    """Return Django's settings for DATABASE_URL, with what this product relies on added."""
    raw = text("DATABASE_URL", f"sqlite:///{data / 'tocsin.sqlite3'}")
    parsed: dict[str, Any] = {}
    try:
        # the scheme first: for one that it does not know, the parser warns with the password in the text
        if urlsplit(raw).scheme in DATABASE_SCHEMES:
            parsed = environ.Env.db_url_config(raw)
    except (ValueError, environ.ImproperlyConfigured):
        parsed = {}
    if not parsed.get("NAME"):
        refuse("DATABASE_URL", raw.split("@")[-1], "give postgres://user:password@host:5432/name or sqlite:///file")
    return parsed | (sqlite_options() if "sqlite" in parsed["ENGINE"] else postgres_options(parsed))


def sqlite_options() -> dict[str, Any]:
    """IMMEDIATE is correctness (one writer at a time claims), FULL is the power cut; a system check asserts both."""
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    return {"OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}, "CONN_MAX_AGE": None}


def postgres_options(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return persistent connections that are checked before use, so that a database restart is survived."""
    # a server that vanished without a word is noticed after ten seconds, not after the kernel's fifteen minutes
    silence = {"tcp_user_timeout": 10_000, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
    options = {"connect_timeout": 5, "application_name": "tocsin"} | silence | parsed.get("OPTIONS", {})
    return {"OPTIONS": options, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


def phone_providers() -> list[dict[str, Any]]:
    """Return the providers for texts and calls in TOCSIN_PHONE_PROVIDERS; none when unset: messages are then kept."""
    name, raw = "TOCSIN_PHONE_PROVIDERS", text("TOCSIN_PHONE_PROVIDERS")
    try:
        rows: Any = json.loads(raw) if raw else []
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        refuse(name, "…", "give a JSON list of objects, see docs/settings.md")
    for row in rows:
        _check_phone_provider(name, row)
    if len({row["name"] for row in rows}) < len(rows):
        refuse(name, "…", "each provider needs a name of its own")
    return rows


def _check_phone_provider(name: str, row: dict[str, Any]) -> None:
    """Stop the start at what cannot be used; secrets are never repeated."""
    row.setdefault("name", row.get("kind"))
    wanted = PHONE_FIELDS.get(str(row.get("kind")))
    if wanted is None:
        refuse(name, str(row.get("kind")), "kind is twilio or http")
    if missing := [field for field in wanted if not isinstance(row.get(field), str) or not row[field]]:
        refuse(name, str(row["name"]), f"{' and '.join(missing)} must be given")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", row["name"]):
        refuse(name, str(row["name"]), "a name has a-z, 0-9 and hyphens")
    if bad := [prefix for prefix in row.get("prefixes", []) if not re.fullmatch(r"\+[0-9]{1,14}", str(prefix))]:
        refuse(name, str(bad[0]), "a prefix is like +49")


def email() -> dict[str, Any] | None:
    """Return Django's mail settings for EMAIL_URL; None when unset: messages are then kept in the outbox."""
    raw = text("EMAIL_URL")
    if not raw:
        return None
    try:
        parsed: dict[str, Any] = environ.Env.email_url_config(raw)
        usable = urlsplit(raw).scheme in EMAIL_SCHEMES and bool(parsed.get("EMAIL_HOST"))
    except (ValueError, KeyError, environ.ImproperlyConfigured):
        usable = False
    if not usable:
        refuse("EMAIL_URL", raw.split("@")[-1], "give smtp://user:password@host:25, smtp+tls://… or smtp+ssl://…")
    return {key: value for key, value in parsed.items() if key.startswith("EMAIL_") and key != "EMAIL_FILE_PATH"}
