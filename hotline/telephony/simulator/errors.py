"""What the simulator refuses, for the person who uses it."""

from __future__ import annotations

from hotline.errors import HotlineError


class SimulatorError(HotlineError):
    """The simulator cannot do this; `str()` says why and what to do."""
