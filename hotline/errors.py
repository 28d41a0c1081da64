"""One small tree of domain errors; each surface (web, admin, command line, jobs) maps it once."""

from __future__ import annotations

from typing import Any


class HotlineError(Exception):
    """Something went wrong that a person can act on; `str()` says what happened and what to do.

    What officers meet is written in Vietnamese, the source language of the pages, with its values apart:
    `template` is then a message of the translation catalogue and `params` fill its %(name)s.
    What only administrators meet on the command line is in English.
    """

    def __init__(self, template: str, **params: Any) -> None:
        super().__init__(template % params if params else template)
        self.template, self.params = template, params


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
