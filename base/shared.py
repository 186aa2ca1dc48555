"""Two bytes that the processes of one cluster share without a lock: a process killed at any moment holds nothing."""

from __future__ import annotations

import mmap

_memory = mmap.mmap(-1, 2)  # anonymous and shared: made before the cluster forks, seen by all of it
_STOPPING, _WAITING = 0, 1


def stopping() -> bool:
    """Tell whether the cluster has been asked to stop."""
    return bool(_memory[_STOPPING])


def set_stopping(value: bool) -> None:
    """Ask every process of this cluster to come to an end."""
    _memory[_STOPPING] = int(value)


def waiting() -> bool:
    """Tell whether a clock task lies in the queue that no worker has begun."""
    return bool(_memory[_WAITING])


def set_waiting(value: bool) -> None:
    """Note that a clock task was handed out (by the pusher), or begun (by a worker)."""
    _memory[_WAITING] = int(value)
