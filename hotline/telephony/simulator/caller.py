"""What the person at the simulated phone does during a call."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from hotline.telephony.simulator import audio
from hotline.telephony.simulator.twiml import Verb

ALL_KEYS = "1234567890*#"
DIAL_RESULTS = {
    "answered": "completed",
    "no-answer": "no-answer",
    "busy": "busy",
    "failed": "failed",
    "canceled": "canceled",
}


@dataclass(slots=True)
class Caller:
    """What the person at the phone does.

    `keys` are pressed as the menus ask for them; `w` lets one menu time out; a key left over ends the recording
    once the words are spoken. `hang_up_after_s` counts the caller's own speech: 0 is during the greeting.
    """

    words: array[int]
    keys: str = ""
    hang_up_after_s: float | None = None
    answer_of_dial: str = "no-answer"

    def speak(self) -> array[int]:
        """The words, said only once in a call."""
        words, self.words = self.words, array("h")
        return words

    def press(self, verb: Verb) -> tuple[str, str]:
        """The digits keyed in at a <Gather>, and the key that finished them."""
        if self.keys.startswith("w"):
            self.keys = self.keys[1:]
            return "", ""
        finish, wanted = verb.attributes.get("finishOnKey", "#"), verb.number("numDigits", 0)
        digits = ""
        while self.keys and self.keys[0] != "w":
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
        if self.hang_up_after_s is not None:
            ends.append((min(self.hang_up_after_s, spoken_s), 0, "hangup"))
        end_s, _, reason = min(ends)
        if reason == "hangup":
            return end_s, "", True
        self.keys = self.keys[len(reason) :]
        return end_s, reason, False
