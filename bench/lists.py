"""Read lists over HTTP, closed loop, keep-alive: 50 policies and 50 alert groups out of 100,000."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

REQUESTS, CLIENTS = 600, 4
PATHS = {
    "50 policies": "/api/v1/escalation_policies/",
    "50 alert groups": "/api/v1/alert_groups/",
    "50 alert groups, firing": "/api/v1/alert_groups/?state=new",
    "50 alert groups, page 1,000": "/api/v1/alert_groups/?page=1000",
}


async def _client(url: str, path: str, key: str, number: int) -> None:
    parts = urlsplit(url)
    assert parts.hostname in ("127.0.0.1", "localhost"), "load goes to loopback only"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {key}\r\n\r\n".encode()
    for _ in range(number):
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(length)
    writer.close()


async def _run(url: str, path: str, key: str) -> float:
    began = time.perf_counter()
    await asyncio.gather(*[_client(url, path, key, REQUESTS // CLIENTS) for _ in range(CLIENTS)])
    return time.perf_counter() - began


def read(url: str, path: str, key: str) -> float:
    """Read a list that many times; return the seconds it took."""
    return asyncio.run(_run(url, path, key))
