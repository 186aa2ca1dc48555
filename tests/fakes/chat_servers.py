"""Slack, Telegram and Mattermost on loopback: they keep what was posted, and press buttons as the real ones do."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.fakes.http_sink import HttpSink, Request

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
Answer = tuple[int, dict[str, str], bytes]


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode()


@dataclass
class ChatServer(HttpSink):
    """`trouble` is answered first, the next first; then the service does its work."""

    trouble: list[Answer] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)  # by reference, as they look now
    edits: int = 0

    def reply(self, request: Request) -> Answer:
        """Answer one request."""
        return self.trouble.pop(0) if self.trouble else self.serve(request, json.loads(request.body or b"null"))

    def serve(self, request: Request, body: Any) -> Answer:
        """Do what the service does."""
        return as_json({"path": request.path}, 404)

    @property
    def base(self) -> str:
        return self.url.removesuffix("/hook")

    def only(self) -> dict[str, Any]:
        """Return the one message."""
        (message,) = self.messages.values()
        return message


@dataclass
class FakeSlack(ChatServer):
    """Web API methods chat.postMessage and chat.update; a button press is signed with the app's secret."""

    token: str = "xoxb-fake"
    members: tuple[str, ...] = ("U0ALICE01", "U0BOB0001")

    def serve(self, request: Request, body: Any) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return as_json({"ok": False, "error": "invalid_auth"})
        if request.path.endswith("/chat.postMessage"):
            if body["channel"] not in self.members:
                return as_json({"ok": False, "error": "channel_not_found"})
            ts = f"1700000000.{len(self.messages):06}"
            channel = f"D{body['channel'][1:]}"
            self.messages[f"{channel}:{ts}"] = body
            return as_json({"ok": True, "channel": channel, "ts": ts})
        if request.path.endswith("/chat.update"):
            self.messages[f"{body['channel']}:{body['ts']}"] = body
            self.edits += 1
            return as_json({"ok": True})
        return as_json({"ok": False, "error": "unknown_method"}, 404)

    def buttons(self) -> list[dict[str, Any]]:
        """Return the buttons that the one message shows now."""
        return [e for block in self.only()["blocks"] if block["type"] == "actions" for e in block["elements"]]

    def press(self, verb: str, *, member: str, at: float, secret: str = SIGNING_SECRET) -> dict[str, Any]:
        """Return the request that a press makes, as arguments of the test client's post."""
        button = next(button for button in self.buttons() if button["action_id"] == verb)
        return signed_press(button, member=member, at=at, secret=secret)


def signed_press(button: Mapping[str, Any], *, member: str, at: float, secret: str) -> dict[str, Any]:
    action = {"type": "button", "action_id": button["action_id"], "value": button["value"]}
    payload = {"type": "block_actions", "user": {"id": member}, "actions": [action]}
    body = urlencode({"payload": json.dumps(payload)})
    words = f"v0:{int(at)}:{body}"
    signature = "v0=" + hmac.new(secret.encode(), words.encode(), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": str(int(at)), "X-Slack-Signature": signature}
    return {"data": body, "content_type": "application/x-www-form-urlencoded", "headers": headers}


@dataclass
class FakeTelegram(ChatServer):
    """Bot API methods sendMessage, editMessageText and setWebhook."""

    token: str = "123456:telegram-fake"
    chats: tuple[int, ...] = (4711,)
    webhook: dict[str, Any] = field(default_factory=dict)

    def serve(self, request: Request, body: Any) -> Answer:
        if not request.path.startswith(f"/bot{self.token}/"):
            return as_json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        method = request.path.rpartition("/")[2]
        if method == "setWebhook":
            self.webhook = body
            return as_json({"ok": True, "result": True})
        if body["chat_id"] not in self.chats:
            return as_json({"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, 400)
        if method == "sendMessage":
            number = len(self.messages) + 1
            self.messages[f"{body['chat_id']}:{number}"] = body
            return as_json({"ok": True, "result": {"message_id": number}})
        return self._edit(body)

    def _edit(self, body: Any) -> Answer:
        key = f"{body['chat_id']}:{body['message_id']}"
        if self.messages[key].get("text") == body["text"]:
            said = "Bad Request: message is not modified"
            return as_json({"ok": False, "error_code": 400, "description": said}, 400)
        self.messages[key] = body
        self.edits += 1
        return as_json({"ok": True, "result": {"message_id": body["message_id"]}})

    def buttons(self) -> list[dict[str, Any]]:
        rows = self.only().get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    def press(self, label: str, *, chat: int) -> dict[str, Any]:
        """Return the update that a press makes."""
        button = next(button for button in self.buttons() if button["text"] == label)
        assert len(button["callback_data"].encode()) <= 64
        message = {"message_id": 1, "chat": {"id": chat, "type": "private"}}
        query = {"id": "q1", "from": {"id": chat}, "message": message, "data": button["callback_data"]}
        return {"update_id": 1, "callback_query": query}


@dataclass
class FakeMattermost(ChatServer):
    """Version 4 of the API: me, users by name, direct channels, posts and patches."""

    token: str = "mattermost-fake"
    users: dict[str, str] = field(default_factory=lambda: {"alice": "a" * 26})

    def serve(self, request: Request, body: Any) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return as_json({"message": "Invalid or expired session"}, 401)
        path = request.path.removeprefix("/api/v4")
        if path == "/users/me":
            return as_json({"id": "b" * 26})
        if path.startswith("/users/username/"):
            found = self.users.get(path.rpartition("/")[2])
            return as_json({"id": found}) if found else as_json({"message": "no such user"}, 404)
        if path == "/channels/direct":
            return as_json({"id": f"d-{body[1]}"}, 201)
        if path == "/posts":
            number = f"post{len(self.messages)}"
            self.messages[number] = body
            return as_json({"id": number}, 201)
        self.messages[path.split("/")[2]] = body
        self.edits += 1
        return as_json({"id": path.split("/")[2]})

    def buttons(self) -> list[dict[str, Any]]:
        return [a for attachment in self.only()["props"]["attachments"] for a in attachment.get("actions", [])]

    def press(self, verb: str, *, user: str) -> dict[str, Any]:
        """Return the body of the request that a press makes."""
        button = next(button for button in self.buttons() if button["id"] == verb)
        names = {number: name for name, number in self.users.items()}
        return {"user_id": user, "user_name": names.get(user, ""), "context": button["integration"]["context"]}
