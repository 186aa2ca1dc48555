"""A browser without a window, driven over its own debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WAIT = 20.0  # seconds for anything that a page does


def program() -> str | None:
    """Return the browser of this machine, if there is one."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Browser:
    """One browser with a profile of its own. To be used with `async with`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.events: list[dict[str, Any]] = []

    async def __aenter__(self) -> Browser:
        found = program()
        assert found is not None
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars"]
        arguments = [found, *flags, f"--user-data-dir={self._folder}", "about:blank"]
        self._process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port, path = await self._address()
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()
        await self._http.close()
        self._process.terminate()
        self._process.wait(10)

    async def call(self, method: str, session: str = "", **arguments: Any) -> dict[str, Any]:
        """Send a command and return its result. Raises AssertionError with what the browser says."""
        self._number += 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": arguments} | ({"sessionId": session} if session else {})
        await self._socket.send_json(message)
        answer = await asyncio.wait_for(self._answers[number], WAIT)
        assert "error" not in answer, answer["error"]
        found: dict[str, Any] = answer["result"]
        return found

    async def page(self, *, width: int = 390, height: int = 844, dark: bool = False) -> str:
        """Open a page and return its session."""
        target = await self.call("Target.createTarget", url="about:blank")
        session = await self.attach(target["targetId"])
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        await self.call("Emulation.setDeviceMetricsOverride", session, **size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.call("Emulation.setEmulatedMedia", session, features=scheme)
        await self.call("Page.enable", session)
        return session

    async def attach(self, target: str) -> str:
        """Return a session with a page or a service worker."""
        return str((await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"])

    async def open(self, session: str, url: str) -> None:
        """Go to an address and wait until it is there."""
        await self.call("Page.navigate", session, url=url)
        await self.until(session, "document.readyState == 'complete' && location.href != 'about:blank'")

    async def run(self, session: str, script: str) -> Any:
        """Run a script and return what it evaluates to, promises awaited."""
        answer = await self.call("Runtime.evaluate", session, expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, session: str, script: str) -> Any:
        """Run a script until what it says is true, and return that."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            with suppress(AssertionError):  # the page may be on its way
                if found := await self.run(session, script):
                    return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"never true: {script} at {await self.run(session, 'location.href')}")

    async def picture(self, session: str, path: Path) -> None:
        """Write the whole page to a file."""
        answer = await self.call("Page.captureScreenshot", session, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    async def _address(self) -> tuple[str, str]:
        file, end = self._folder / "DevToolsActivePort", time.monotonic() + WAIT
        while time.monotonic() < end:
            with suppress(OSError, ValueError):
                port, path = file.read_text().split()
                return port, path
            await asyncio.sleep(0.05)
        raise AssertionError("the browser does not start")

    async def _read(self) -> None:
        async for message in self._socket:
            found = json.loads(message.data)
            if "id" in found:
                self._answers.pop(found["id"]).set_result(found)
            else:
                self.events.append(found)
