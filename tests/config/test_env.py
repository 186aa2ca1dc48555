from __future__ import annotations

from pathlib import Path

import pytest

from config import env


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOCSIN_BASE_URL", "tocsin.example.org"),
        ("TOCSIN_BASE_URL", "ftp://tocsin.example.org"),
        ("TOCSIN_BASE_URL", "http://tocsin.example.org:port"),
        ("DATABASE_URL", "mysql://a@b/c"),
        ("DATABASE_URL", "postgres"),
        ("EMAIL_URL", "imap://mail.example.org"),
        ("EMAIL_URL", "smtp://"),
        ("TOCSIN_SECRET_KEY", "short"),
        ("TOCSIN_LOG_LEVEL", "LOUD"),
        ("TOCSIN_WORKERS", "0"),
        ("TOCSIN_WORKERS", "many"),
    ],
)
def test_a_value_that_cannot_be_used_stops_the_start_with_a_sentence_that_names_it(name, value, monkeypatch, tmp_path):
    readers = {
        "TOCSIN_BASE_URL": env.base_url,
        "DATABASE_URL": lambda: env.database(tmp_path),
        "EMAIL_URL": env.email,
        "TOCSIN_SECRET_KEY": lambda: env.secret_key(tmp_path),
        "TOCSIN_LOG_LEVEL": lambda: env.choice("TOCSIN_LOG_LEVEL", "INFO", env.LOG_LEVELS),
        "TOCSIN_WORKERS": lambda: env.integer("TOCSIN_WORKERS", 2, least=1),
    }
    monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        readers[name]()
    assert str(stopped.value).startswith(f"{name}: ")
    assert str(stopped.value).endswith(".")


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(SystemExit, match=r"^TOCSIN_DATA_DIR: .* cannot be written"):
        env.data_dir(tmp_path)


def test_a_secret_that_is_refused_is_not_repeated(monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_SECRET_KEY", "SESAME")
    with pytest.raises(SystemExit) as stopped:
        env.secret_key(tmp_path)
    assert "SESAME" not in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "mysql://me:SESAME@host/x"), ("EMAIL_URL", "imap://me:SESAME@host")]
)
def test_a_password_in_a_refused_address_is_not_repeated(name, value, monkeypatch, tmp_path):
    monkeypatch.setenv(name, value)
    readers = {"DATABASE_URL": lambda: env.database(tmp_path), "EMAIL_URL": env.email}
    with pytest.raises(SystemExit) as stopped:
        readers[name]()
    assert "SESAME" not in str(stopped.value)


def test_the_key_is_made_once_and_readable_by_nobody_else(monkeypatch, tmp_path):
    monkeypatch.delenv("TOCSIN_SECRET_KEY", raising=False)
    key = env.secret_key(tmp_path)
    assert len(key) >= 50
    assert env.secret_key(tmp_path) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_may_lie_in_a_file(monkeypatch, tmp_path: Path):
    (tmp_path / "key").write_text("k" * 40 + "\n")
    monkeypatch.setenv("TOCSIN_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.secret_key(tmp_path) == "k" * 40


def test_sqlite_is_told_what_the_product_relies_on(monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = env.database(tmp_path)
    assert database["NAME"] == str(tmp_path / "tocsin.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]


def test_no_mail_server_is_an_answer(monkeypatch):
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert env.email() is None
