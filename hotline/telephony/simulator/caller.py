"""What the person at the simulated phone does during a call."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from hotline.telephony.simulator import audio
from hotline.telephony.simulator.twiml import Verb

ALL_KEYS = "1234567890*#"
# What the person who is dialled does, and the DialCallStatus that comes of it. "voicemail" picks up and presses no
# key, "declined" presses another one than 1; where nobody asks for a key both are connected.
DIAL_RESULTS = {
    "answered": "completed",
    "no-answer": "no-answer",
    "busy": "busy",
    "failed": "failed",
    "canceled": "canceled",
    "voicemail": "completed",
    "declined": "completed",
}
KEYS_OF_DIALLED = {"answered": "1", "declined": "2"}
HANG_UP = "h"


@dataclass(slots=True)
class Caller:
    """What the person at the phone does.

    `keys` are pressed as the menus ask for them; `w` lets one menu time out, `h` hangs up at one; a key left over
    ends the recording once the words are spoken. `more` is said in the recordings after the first.
    `hang_up_after_s` counts the caller's own speech, the last of it: 0 is during the greeting. `answers_of_dial` are
    those of the people dialled one after the other; the last one holds for all that follow.
    """

    words: array[int]
    keys: str = ""
    hang_up_after_s: float | None = None
    answers_of_dial: Sequence[str] = ("no-answer",)
    more: list[array[int]] = field(default_factory=list)

    def speak(self) -> array[int]:
        """The next words; silence when all were said."""
        words, self.words = self.words, self.more.pop(0) if self.more else array("h")
        return words

    def pick_up(self) -> str:
        """What the next person who is dialled does."""
        answer, self.answers_of_dial = (
            self.answers_of_dial[0],
            self.answers_of_dial[1:] or self.answers_of_dial,
        )
        return answer

    def hangs_up(self) -> bool:
        """Whether the caller hangs up at this menu."""
        return self.keys.startswith(HANG_UP)

    def press(self, verb: Verb) -> tuple[str, str]:
        """The digits keyed in at a <Gather>, and the key that finished them."""
        if self.keys.startswith("w"):
            self.keys = self.keys[1:]
            return "", ""
        finish, wanted = verb.attributes.get("finishOnKey", "#"), verb.number("numDigits", 0)
        digits = ""
        while self.keys and self.keys[0] not in ("w", HANG_UP):
            key, self.keys = self.keys[0], self.keys[1:]
            if key in finish:
                return digits, key
            digits += key
            if len(digits) == wanted:
                break
        return digits, ""

    def end_of_recording(self, verb: Verb, words: array[int]) -> tuple[float, str, bool]:
        """When the recording ends, the key that ended it, and whether the caller hung up."""
        spoken_s = len(words) / audio.RATE
        ends: list[tuple[float, int, str]] = [
            (audio.end_by_silence(words, verb.number("timeout", 5)), 3, ""),
            (float(verb.number("maxLength", 3600) or 3600), 2, ""),
        ]
        if self.keys and self.keys[0] in verb.attributes.get("finishOnKey", ALL_KEYS):
            ends.append((spoken_s, 1, self.keys[0]))
        last = not len(self.words) and not self.more
        if self.hang_up_after_s is not None and last:
            ends.append((min(self.hang_up_after_s, spoken_s), 0, "hangup"))
        end_s, _, reason = min(ends)
        if reason == "hangup":
            return end_s, "", True
        self.keys = self.keys[len(reason) :]
        return end_s, reason, False
