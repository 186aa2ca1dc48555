"""An SMTP server on loopback that notes when which alert's mail arrived: one `<epoch> <key>` line a message."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path

KEY = re.compile(rb"bench-[0-9a-f]+-[0-9]+")


class Sink:
    """Answers as fast as it can and keeps only the key."""

    def __init__(self, out: Path) -> None:
        self.out = out.open("a", buffering=1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak just enough SMTP for one client."""
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                found = KEY.search(body)
                self.out.write(f"{time.time()} {found.group().decode() if found else '-'}\n")
            if word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            writer.write(b"250 sink\r\n" if word != b"DATA" else b"250 kept\r\n")
            await writer.drain()
        writer.close()


async def main() -> None:
    """Serve on the port of the first argument, note into the file of the second, until killed."""
    server = await asyncio.start_server(Sink(Path(sys.argv[2])).serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
