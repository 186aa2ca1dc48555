from __future__ import annotations

import logging
import sys

import pytest

from base.logs import LineFormatter


def line(message: str, *args: object, **extra: object) -> str:
    record = logging.LogRecord("paging", logging.INFO, __file__, 1, message, args, None)
    record.created = 1893456000.25
    vars(record).update(extra)
    return LineFormatter().format(record)


def test_an_event_is_one_line_of_keys_and_values():
    assert line("sent %s", 4, channel="email", took=0.5) == (
        'time=2030-01-01T00:00:00.250Z level=info logger=paging event="sent 4" channel=email took=0.5'
    )


def test_nothing_a_stranger_sends_can_begin_a_second_line():
    assert line("a\nlevel=error\r\x1b\u2028b", title='say "hi"\\').partition("event=")[2] == (
        '"a\\nlevel=error\\r\\u001b\\u2028b" title="say \\"hi\\"\\\\"'
    )


def test_a_traceback_stays_on_the_line():
    try:
        int("token=abcdef")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", None, sys.exc_info())
    text = LineFormatter().format(record)
    assert "\n" not in text
    assert "ValueError" in text
    assert "abcdef" not in text


@pytest.mark.parametrize(
    "message",
    [
        "POST /integrations/v1/alertmanager/SESAME/ 200",
        "POST /integrations/v1/webhook/SESAME",
        "POST /integration/int_SESAME",
        "GET /r/SESAME:1abc:xyz?a=1",
        "Authorization: Bearer SESAME",
        "Authorization: SESAME",
        "{'Authorization': 'SESAME'}",
        "x-api-key: SESAME",
        "?api_key=SESAME&b=1",
        '{"password": "SESAME"}',
        "smtp://user:SESAME@mail.example.org:25",
        "postgres://tocsin:SESAME@db/tocsin",
    ],
)
def test_what_opens_a_door_is_not_written(message):
    written = line(message)
    assert "SESAME" not in written
    assert "***" in written


def test_a_field_that_is_named_after_a_secret_is_hidden():
    assert line("x", api_key="SESAME", token="SESAME").endswith("event=x api_key=*** token=***")


def test_what_is_no_secret_is_written():
    assert line("GET /api/v1/alert_groups/ 200").endswith('event="GET /api/v1/alert_groups/ 200"')
