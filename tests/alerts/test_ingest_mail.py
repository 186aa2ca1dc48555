"""Mails, as messages and as what providers post of them."""

# ruff: noqa: E501  a table reads by its rows

from __future__ import annotations

import json
from typing import Any

import pytest

from alerts.ingest.mail import Mail, from_fields, from_message, html_to_text

TO = "token@alerts.example.org"
WANTED = Mail(recipients=(TO,), sender="cron@db1.example", subject="Backup failed", message="No space left")


@pytest.mark.parametrize(
    "fields",
    [
        {"recipient": TO, "sender": "cron@db1.example", "subject": "Backup failed", "body-plain": " No space left\n"},
        {"OriginalRecipient": TO, "From": "Cron <cron@db1.example>", "Subject": "Backup failed", "TextBody": "No space left"},
        {"envelope": json.dumps({"to": [TO], "from": "cron@db1.example"}), "subject": "Backup failed", "text": "No space left"},
        {"Recipient": TO, "Sender": "cron@db1.example", "Subject": "Backup failed", "Text-part": "No space left"},
        {"rcpt_to": TO, "mail_from": "cron@db1.example", "subject": "Backup failed", "plain_body": "No space left"},
        {"to": TO, "from": "cron@db1.example", "subject": "Backup failed", "html": "<p>No space&nbsp;left</p>"},
        {"recipient": TO, "body-mime": "From: cron@db1.example\nTo: x@y.example\nSubject: Backup failed\n\nNo space left\n"},
    ],
    ids=["mailgun", "postmark", "sendgrid", "mailjet", "postal", "html", "raw"],
)  # fmt: skip
def test_the_fields_of_each_provider_are_understood(fields: dict[str, Any]) -> None:
    mail = from_fields(fields)
    assert (mail.recipients[0], mail.sender, mail.subject) == (TO, "cron@db1.example", "Backup failed")
    assert mail.message.replace("\xa0", " ") == "No space left"


def test_the_envelope_comes_before_the_header() -> None:
    mail = from_fields({"to": "Team <team@example.org>", "envelope": {"to": [TO]}})
    assert mail.recipients == (TO, "team@example.org")


@pytest.mark.parametrize("fields", [{}, {"to": 3, "subject": ["x"]}, {"envelope": "[["}, {"envelope": "[" * 9999}])
def test_nonsense_is_an_empty_mail(fields: dict[str, Any]) -> None:
    assert from_fields(fields) == Mail(recipients=(), sender="", subject="", message="")


def test_a_message_is_read() -> None:
    content = b"From: Cron <cron@db1.example>\r\nTo: a@b.example\r\nSubject: Backup failed\r\n\r\nNo space left\r\n"
    assert from_message(content, (TO,)) == WANTED


def test_a_subject_may_be_encoded_and_the_text_be_one_of_several_parts() -> None:
    content = (
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=X\n\n"
        "--X\nContent-Type: text/html\n\n<b>html</b>\n--X\nContent-Type: text/plain; charset=latin-1\n"
        "Content-Transfer-Encoding: quoted-printable\n\nk=F6nnte\n--X--\n"
    )
    mail = from_message(content.encode())
    assert (mail.subject, mail.message) == ("Grüße", "könnte")


def test_a_character_set_that_nobody_knows_loses_no_mail() -> None:
    content = b"Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=klingon\n\nnuqneH \xff\n"
    assert from_message(content).message.startswith("nuqneH")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no header at all", b"Content-Type: multipart/mixed\n\n--"])
def test_no_bytes_stop_the_reader(content: bytes) -> None:
    assert from_message(content, (TO,), "x@y.example").recipients == (TO,)


def test_html_becomes_text() -> None:
    html = """<html><head><title>t</title><style>p {}</style></head><body><h1>Disk  full</h1>
    <p>See <a href="https://x.example/1">the graph</a>.</p><br><br>
    <ul><li>db1</li><li>db2 &amp; db3</li></ul><script>alert(1)</script></body></html>"""
    assert html_to_text(html) == "Disk full\nSee the graph (https://x.example/1).\n* db1\n* db2 & db3"
