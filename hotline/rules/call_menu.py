"""What a caller's keys do: every question of the menu, and what each key leads to. Silence leads to recording."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from hotline.rules.lifecycle import Status
from hotline.rules.tip_code import LENGTH

LANGUAGES = ("vi", "en")
# A frightened person mistypes; a fourth try is more often somebody who has no code.
CODE_TRIES = 3


class Moment(StrEnum):
    """Kinds of call events that the menu makes, beside the provider's own (completed, busy, ...).

    In brackets the event's detail; its key tells repetitions of a kind apart.
    """

    RANG = "answered"
    WITHHELD = "withheld"
    LANGUAGE = "language"  # {"language": "en"}
    KEY = "key"  # {"ask": an Ask, "key_pressed": one key, or "" for none}
    CONTINUE_OFFERED = "continue_offered"
    CONTINUED = "continued"
    CONTINUE_DECLINED = "continue_declined"
    CODE_ACCEPTED = "code_accepted"
    CODE_WRONG = "code_wrong"  # not a code at all: mistyped
    CODE_UNKNOWN = "code_unknown"  # a code that no tip has: guessed, as far as we know
    CODE_LOCKED = "code_locked"
    ANSWER_READ = "answer_read"  # {"messages": how many}
    DUTY_NONE = "duty_none"
    DUTY_RUNG = "duty_rung"  # {"staff_id"}
    DUTY_ACCEPTED = "duty_accepted"  # {"staff_id"}
    PUT_THROUGH = "put_through"  # {"staff_id", "seconds"}
    NOT_PUT_THROUGH = "not_put_through"  # {"staff_id", "status"}
    RECORDING_STARTED = "recording_started"
    RECORDED = "recorded"
    CODE_READ = "code_read"
    TEXTS_AGREED = "texts_agreed"
    TEXTS_STOPPED = "texts_stopped"  # agreed to before, and taken back
    FINISHED = "finished"


class Ask(StrEnum):
    """What the caller was asked when a key was pressed."""

    MENU = "menu"
    AGAIN = "again"  # the menu once more, after a key that it does not have
    EMERGENCY = "emergency"
    RESUME = "resume"
    ANSWER = "answer"
    AFTER = "after"


class Do(StrEnum):
    """Where a key leads."""

    RECORD = "record"
    MENU = "menu"
    AGAIN = "again"
    OTHER_LANGUAGE = "other_language"
    CODE = "code"
    DUTY = "duty"
    EMERGENCY = "emergency"
    RESUME = "resume"
    DECLINE = "decline"
    ANSWER = "answer"
    READ_CODE = "read_code"
    AGREE = "agree"
    MORE = "more"
    FINISH = "finish"


_MENU = {
    "": Do.RECORD,
    "1": Do.RECORD,
    "#": Do.RECORD,
    "2": Do.CODE,
    "3": Do.DUTY,
    "8": Do.OTHER_LANGUAGE,
    "9": Do.EMERGENCY,
    "*": Do.MENU,
}
# Keys of each question, and what every other key does.
_KEYS: Mapping[Ask, tuple[Mapping[str, Do], Do]] = {
    Ask.MENU: (_MENU, Do.AGAIN),
    Ask.AGAIN: (_MENU, Do.RECORD),
    Ask.EMERGENCY: (_MENU | {"9": Do.EMERGENCY, "*": Do.EMERGENCY}, Do.RECORD),
    # Who rings again knows the menu, and may have been cut off before the officer answered.
    Ask.RESUME: (
        {"1": Do.DECLINE, "3": Do.DUTY, "8": Do.OTHER_LANGUAGE, "*": Do.RESUME},
        Do.RECORD,
    ),
    # Who keys "#" after the ninth digit has already gone on to the answer: they must still hear it.
    Ask.ANSWER: ({"1": Do.ANSWER, "#": Do.ANSWER, "*": Do.ANSWER}, Do.RECORD),
    # Nor may the "#" that ended a recording end the call: only silence does.
    Ask.AFTER: ({"": Do.FINISH, "2": Do.AGREE, "3": Do.MORE}, Do.READ_CODE),
}


def after_key(asked: Ask, key: str) -> Do:
    """Where a key ("" is silence) leads."""
    keys, otherwise = _KEYS[asked]
    return keys.get(key, otherwise)


def keyed_code(keys: str) -> str:
    """The digits that were meant as a code: what a caller adds before or after them is dropped."""
    return keys.strip("*# ")[: LENGTH + 1]


def other_language(language: str) -> str:
    """The one that key 8 leads to."""
    return LANGUAGES[1 - LANGUAGES.index(language)]


def spoken_state(status: Status) -> str:
    """The prompt that tells how a tip stands: nothing of its category, place or outcome, whoever listens."""
    match status:
        case Status.NEW | Status.ASSIGNED:
            return "state_received"
        case Status.VERIFYING:
            return "state_verifying"
        case Status.CLOSED:
            return "state_closed"
