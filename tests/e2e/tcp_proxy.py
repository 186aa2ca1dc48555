"""A TCP proxy on loopback that can be cut, frozen and mended."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class TcpProxy:
    """Carries bytes to one server until it is told not to."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self._flowing = threading.Event()
        self._open = True
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        self._open = False
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._pairs.clear()

    def freeze(self) -> None:
        """Keep every connection and carry nothing any more: the worst that a network does."""
        self._flowing.clear()

    def mend(self) -> None:
        """Carry again."""
        self._open = True
        self._flowing.set()

    def stop(self) -> None:
        """Close everything."""
        self.mend()
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._open:
                client.close()
                continue
            try:
                server = socket.create_connection(self.target, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
