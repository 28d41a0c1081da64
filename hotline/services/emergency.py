"""Whom the sender of a text should ring at once: read before it is stored, so that the answer can say it.

The rest of triage is the worker's. What is read here must neither refuse nor hold up a text, so it has an end
of its own, and whatever goes wrong is a text without this advice.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import structlog

from hotline.rules import triage as rules

# The longest text that a provider hands over (twilio.com/docs/glossary/what-sms-character-limit). The slowest
# of such length that was found takes 0.15 s, an ordinary one 5 ms.
READ_MAX = 1_600
# A webhook has 15 s in all, and storing the text and its answer comes after this.
WITHIN_S = 1.0

log = structlog.get_logger()


def preload(read: Callable[[str], rules.Triage] = rules.triage) -> None:
    """Load the rules and their model (about 0.4 s, 50 MB), so that no resident's text waits for them."""
    read("đang cháy nhà ở xã Đức Lập")


def numbers_to_call(
    text: str, *, read: Callable[[str], rules.Triage] = rules.triage, within_s: float = WITHIN_S
) -> tuple[str, ...]:
    """Those of "113", "114", "115" that a text cries for, in order; none when it does not or cannot be read."""
    found: list[str] = []

    def look() -> None:
        try:
            found.extend(sorted(read(text[:READ_MAX]).emergency))
        except Exception as error:
            # Neither the text nor the error's own words, which may quote it.
            log.error("emergency_not_read", error=type(error).__name__)

    # Nobody waits for a reader that has not finished, not even the end of the process.
    reader = Thread(target=look, name="emergency", daemon=True)
    reader.start()
    reader.join(within_s)
    if reader.is_alive():
        log.error("emergency_not_read", error="Timeout")
        return ()
    return tuple(found)
