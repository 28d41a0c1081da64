"""One small tree of domain errors; each surface (web, admin, command line, jobs) maps it once."""

from __future__ import annotations


class HotlineError(Exception):
    """Something went wrong that a person can act on; `str()` says what happened and what to do."""


class BadConfiguration(HotlineError):
    """The environment or a file of settings cannot be used."""


class NotFound(HotlineError):
    """No such thing, or none that this viewer may see: the two are never told apart."""


class NotAllowed(HotlineError):
    """The viewer's role does not permit this."""


class InvalidChange(HotlineError):
    """The change breaks a rule of the domain, such as closing a tip twice."""


class Conflict(InvalidChange):
    """Somebody else changed it first."""


class KeyUnavailable(HotlineError):
    """The data key is destroyed, or wrapped by a ring key that this machine does not have."""


class StorageProblem(HotlineError):
    """The audio store cannot be read or written; nothing was acknowledged."""


class ProviderError(HotlineError):
    """The telephony provider refused or failed; `permanent` tells whether trying again can help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
