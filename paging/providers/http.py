"""Any company, or a gateway of one's own: one POST of JSON for a text or a call (docs/channels.md says which).

The answer is 2xx with `{"id": …}`; 422 means that the number itself cannot be reached.
"""

from __future__ import annotations

import json

import requests

from paging.channels.base import SendError
from paging.providers.base import Line, Order

NUMBER_REFUSED = 422


class Http:
    """Posts to the address that the operator gave."""

    def text(self, line: Line, order: Order, *, seconds: float) -> str:
        """Hand over a text."""
        return _post(line, order, seconds, kind="sms", answer_url="")

    def call(self, line: Line, order: Order, *, seconds: float) -> str:
        """Hand over a call: what to say, and where to post the key that is pressed."""
        return _post(line, order, seconds, kind="voice", answer_url=line.callback(f"voice/{order.token}/key"))


def _post(line: Line, order: Order, seconds: float, *, kind: str, answer_url: str) -> str:
    body = {
        "id": order.key,
        "kind": kind,
        "from": line.sender,
        "to": order.to,
        "text": order.text,
        "status_url": line.callback(f"status/{order.token}"),
    } | ({"answer_url": answer_url} if answer_url else {})
    headers = {"Authorization": f"Bearer {line.secret}", "Idempotency-Key": order.key, "User-Agent": "Tocsin"}
    try:
        answer = requests.post(line.url, json=body, headers=headers, timeout=seconds, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        raise SendError(f"{type(error).__name__}: {error}"[:500], permanent=False) from error
    if not 200 <= answer.status_code < 300:
        text = f"{answer.status_code} {answer.text}"[:500]
        raise SendError(text, permanent=answer.status_code == NUMBER_REFUSED)
    return _reference(answer.text)


def _reference(text: str) -> str:
    """Return the company's name for it, where it says one."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return str(found.get("id", ""))[:200] if isinstance(found, dict) else ""
