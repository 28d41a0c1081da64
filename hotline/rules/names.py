"""How units are called for short."""

from __future__ import annotations

SHORT_UNITS = (("Công an xã ", "CAX "), ("Công an phường ", "CAP "), ("Công an tỉnh ", "CAT "))


def short_unit(name: str) -> str:
    """As officers shorten it: CAX Đức Lập for Công an xã Đức Lập."""
    for long, short in SHORT_UNITS:
        if name.startswith(long):
            return short + name.removeprefix(long)
    return name
