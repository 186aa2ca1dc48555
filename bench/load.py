"""Post alerts to an integration's URL: closed loop, keep-alive, bounded in count."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What a run of posts showed: start instant by key, seconds by key, status codes."""

    started: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    codes: dict[int, int] = field(default_factory=dict)
    wall: float = 0.0

    @property
    def accepted(self) -> list[str]:
        """Return the keys that were answered with success."""
        return list(self.took)


def body_of(key: str) -> bytes:
    """Return a payload whose title is the key."""
    payload = {"title": key, "message": "disk almost full on host", "state": "alerting", "severity": "critical"}
    return json.dumps(payload).encode()


async def _client(url: str, keys: list[str], load: Load, rate: float) -> None:
    parts = urlsplit(url)
    assert parts.hostname in ("127.0.0.1", "localhost"), "load goes to loopback only"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for key in keys:
        body = body_of(key)
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        load.started[key] = time.time()
        before = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        code = int(answer.split(b" ", 2)[1])
        length = next(
            int(line.split(b":")[1]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        await reader.readexactly(length)
        load.codes[code] = load.codes.get(code, 0) + 1
        if code < 300:
            load.took[key] = time.perf_counter() - before
        if rate:
            await asyncio.sleep(1 / rate)
    writer.close()


async def _run(url: str, keys: list[str], clients: int, rate: float) -> Load:
    load = Load()
    started = time.perf_counter()
    await asyncio.gather(*[_client(url, keys[number::clients], load, rate) for number in range(clients)])
    load.wall = time.perf_counter() - started
    return load


def post(url: str, keys: list[str], *, clients: int = 4, rate: float = 0) -> Load:
    """Post one alert per key; `rate` is posts a second of each client, 0 for as fast as answers come."""
    return asyncio.run(_run(url, keys, clients, rate))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which that share (0 to 1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
