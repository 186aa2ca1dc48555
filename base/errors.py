"""What can go wrong in the domain, said without HTTP. Each dialect gives these its own shape."""

from __future__ import annotations


class DomainError(Exception):
    """Something the caller asked for cannot be done; `message` is fit to be shown."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Invalid(DomainError):
    """A value cannot be used. `field` names it where there is one."""

    def __init__(self, message: str, *, field: str = "", code: str = "") -> None:
        super().__init__(message, code=code)
        self.field = field


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it."""


class Forbidden(DomainError):
    """The caller may not do this."""


class Conflict(DomainError):
    """The object's state does not allow it, or somebody else was faster."""
