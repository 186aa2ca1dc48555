"""What a web process remembers of the bundles and of the database between two requests."""

from __future__ import annotations

from statuspage.bundle import Bundle


class Memory:
    """What this process remembers between two requests."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything, as a new process would."""
        self.bundles: dict[str, tuple[int, Bundle]] = {}
        self.asking: dict[str, float] = {}  # slug → since when somebody waits for the database's answer
        self.asked: dict[str, float] = {}  # slug → until when its bundle counts as confirmed
        self.confirmed: dict[str, float] = {}
        self.silent_until = 0.0  # the database does not answer
        self.hosts_until = 0.0


memory = Memory()
