"""A phone company on loopback that speaks Twilio's REST API or ours, and does as it is told.

Scripts: an error status, a hang, accepted and never delivered, and callbacks that come late, twice or forged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from paging.providers import signatures
from tests.fakes.http_sink import HttpSink

BASE_URL = "http://127.0.0.1:8000"


@dataclass
class PhoneCompany:
    """`kind` is that of the line: twilio or http."""

    kind: str
    name: str
    secret: str = "hush"
    sink: HttpSink = field(default_factory=HttpSink)

    def __enter__(self) -> PhoneCompany:
        self.sink.__enter__()
        self.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.sink.__exit__(kind, error, at)

    @property
    def row(self) -> dict[str, Any]:
        """Return the setting that leads here."""
        url = self.sink.url if self.kind == "http" else self.sink.url.removesuffix("/hook")
        return {"kind": self.kind, "name": self.name, "from": "+15550100", "secret": self.secret, "url": url} | (
            {"account": "AC0"} if self.kind == "twilio" else {}
        )

    def take(self) -> None:
        """Accept whatever comes."""
        answer = {"sid": "SM1", "status": "queued"} if self.kind == "twilio" else {"id": "SM1"}
        self.sink.answers, self.sink.delay = (
            [(201, {"Content-Type": "application/json"}, json.dumps(answer).encode())],
            0,
        )

    def fail(self, status: int = 500, code: int = 20500) -> None:
        """Answer with an error until told otherwise."""
        body = {"code": code, "message": "no", "status": status}
        self.sink.answers = [(status, {"Content-Type": "application/json"}, json.dumps(body).encode())]

    def refuse_number(self) -> None:
        """Say that the number itself cannot be reached."""
        self.fail(400, 21211) if self.kind == "twilio" else self.fail(422)

    def hang(self, seconds: float) -> None:
        """Answer only after a while."""
        self.sink.delay = seconds

    @property
    def orders(self) -> list[dict[str, Any]]:
        """Return what was ordered: our own fields, or Twilio's."""
        if self.kind == "http":
            return [json.loads(request.body) for request in self.sink.requests]
        forms = [parse_qs(request.body.decode()) for request in self.sink.requests]
        return [{name: values[0] for name, values in form.items()} for form in forms]

    def post(self, url: str, fields: dict[str, str], *, now: datetime, secret: str = "") -> Any:
        """Call back as the company does; with another secret it is forged."""
        parts = urlsplit(url)
        secret = secret or self.secret
        if self.kind == "twilio":
            signature = signatures.twilio(
                secret, f"{BASE_URL}{parts.path}", {name: [value] for name, value in fields.items()}
            )
            headers, body = {"X-Twilio-Signature": signature}, urlencode(fields)
            content_type = "application/x-www-form-urlencoded"
        else:
            body, content_type = json.dumps(fields), "application/json"
            stamp = str(int(now.timestamp()))
            signature = signatures.ours(secret, stamp, parts.path, body.encode())
            headers = {"X-Tocsin-Signature": signature, "X-Tocsin-Timestamp": stamp}
        return Client().post(parts.path, body, content_type=content_type, headers=headers)
