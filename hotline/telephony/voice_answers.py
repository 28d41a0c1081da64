"""What a call is answered with, as TwiML: each document asks for keys or words, and goes on by itself when none come.

A document holds all that follows silence, so that the way to the recording needs no second answer from us.
Sources: twilio.com/docs/voice/twiml/gather, .../record, .../dial, .../number, .../say, .../play.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from hotline.rules.call_menu import Ask, other_language, spoken_state
from hotline.rules.lifecycle import Status
from hotline.settings import Settings
from hotline.telephony.prompt_files import PromptFile, PromptFiles
from hotline.telephony.prompts import PROMPTS

# Of the voices that Twilio lists (twilio.com/docs/voice/twiml/say/text-speech): (voice, language).
VOICES = {"vi": ("Google.vi-VN-Wavenet-A", "vi-VN"), "en": ("Polly.Joanna", "en-US")}
# Long enough to find a key in the dark; who says nothing waits for it, before the beep.
KEY_WAIT_S = 3
# After the code somebody looks for a pen.
PEN_WAIT_S = 6
# Between two digits of a code, read off a slip of paper.
DIGIT_WAIT_S = 8
# A voicemail's greeting is longer; an officer who hears the question has pressed by then.
SCREEN_WAIT_S = 6
CODE_LENGTH = 9
# What who presses nothing hears, before the wait for a key and after it, in this order.
MENU = ("greeting", "danger", "menu_tell", "menu_code", "menu_duty", "menu_emergency", "menu_language")
UNTIL_THE_BEEP = (*MENU, "record")
# With the wait for a key. Who is afraid to be overheard has no more patience with a machine.
LONGEST_TO_BEEP_S = 20

# Where a step goes on: the name of a step and what else its address carries.
Address = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Line:
    """One caller's side: the language, the prompts, and the addresses of the steps that follow."""

    settings: Settings
    files: PromptFiles
    language: str
    to: Address

    def menu(self, asked: Ask, *, duty: bool) -> str:
        """The menu: `duty` where somebody can be rung. Nothing pressed is a tip to leave."""
        response, keys = self._asking(asked)
        # Who hears it again knows where they are.
        heard = {"greeting", "danger"} if asked == Ask.AGAIN else set()
        left_out = heard if duty else heard | {"menu_duty"}
        if heard:
            self._say(keys, "unknown_key")
        for prompt in MENU:
            if prompt not in left_out:
                other = prompt == "menu_language"
                self._say(keys, prompt, language=other_language(self.language) if other else "")
        return self._then_record(response, "record")

    def resume(self) -> str:
        """Offer to go on with the call that was cut; silence goes on. Nothing is said of what it was about."""
        response, keys = self._asking(Ask.RESUME)
        self._say(keys, "greeting", "resume")
        self._say(keys, "menu_language", language=other_language(self.language))
        return self._then_record(response)

    def emergency(self) -> str:
        """Whom to ring; who stays on the line leaves a tip."""
        response, keys = self._asking(Ask.EMERGENCY)
        self._say(keys, "emergency", "emergency_stay")
        return self._then_record(response, "record")

    def record(self, *prompts: str) -> str:
        """Record without further questions."""
        return self._then_record(VoiceResponse(), *prompts)

    def code(self, attempt: int) -> str:
        """Ask for the nine digits of a code; nothing keyed leaves a tip."""
        response = VoiceResponse()
        keys = response.gather(
            action=self.to("code", attempt=attempt), method="POST", input="dtmf", num_digits=CODE_LENGTH,
            finish_on_key="#", timeout=DIGIT_WAIT_S,
        )  # fmt: skip
        self._say(keys, "code_ask" if attempt == 1 else "code_again")
        return self._then_record(response, "record")

    def answer(self, status: Status, bodies: Sequence[str]) -> str:
        """How the tip stands and what officers wrote; who stays on the line adds to it."""
        response, keys = self._asking(Ask.ANSWER)
        self._say(keys, spoken_state(status), "answer" if bodies else "no_answer")
        for body in bodies:
            _speak(keys, body, "vi")
        self._say(keys, "answer_keys")
        return self._then_record(response, "record_more", unheard="goodbye")

    def ring_duty(self, phone: str, **who: Any) -> str:
        """Ring an officer from the hotline's own number: the caller's is shown to nobody."""
        response = VoiceResponse()
        self._say(response, "connecting")
        dial: Dial = response.dial(
            action=self.to("rung", **who), method="POST", timeout=self.settings.duty_ring_s,
            caller_id=self.settings.twilio_number, answer_on_bridge=True,
        )  # fmt: skip
        dial.number(phone, url=self.to("officer", **who), method="POST")
        return str(response)

    def screen_officer(self, **who: Any) -> str:
        """Ask the officer's side for a key, which no voicemail presses; without it that side is hung up."""
        response = VoiceResponse()
        keys = response.gather(
            action=self.to("officer_key", **who), method="POST", input="dtmf", num_digits=1, finish_on_key="",
            timeout=SCREEN_WAIT_S,
        )  # fmt: skip
        self._say(keys, "duty_screen")
        response.hangup()
        return str(response)

    def after(self, code: str | None, *opening: str, texts: bool | None) -> str:
        """After the words: the code twice, and what more can be done; silence ends the call.

        `texts` is whether answers will be texted, None where they cannot be.
        """
        response, keys = self._asking(Ask.AFTER, wait_s=PEN_WAIT_S)
        self._say(keys, *opening)
        if code is None:
            self._say(keys, "same_code")
        else:
            self._say(keys, "thanks")
            self._digits(keys, code)
            self._say(keys, "code_repeat")
            self._digits(keys, code)
        return self._then_finish(response, keys, again=code is not None, texts=texts)

    def agreed(self, *, texts: bool | None, again: bool) -> str:
        """What key 2 did after the words, and what more can be done."""
        response, keys = self._asking(Ask.AFTER, wait_s=PEN_WAIT_S)
        if texts is not None:
            self._say(keys, "texts_agreed" if texts else "texts_stopped")
        return self._then_finish(response, keys, again=again, texts=texts)

    def goodbye(self) -> str:
        """The end of a call in which words were left."""
        response = VoiceResponse()
        self._say(response, "goodbye")
        response.hangup()
        return str(response)

    def _asking(self, asked: Ask, wait_s: int = KEY_WAIT_S) -> tuple[VoiceResponse, Gather]:
        """Keys are taken from the first word on; "#" and "*" are keys like others."""
        response = VoiceResponse()
        keys = response.gather(
            action=self.to("key", asked=asked), method="POST", input="dtmf", num_digits=1, finish_on_key="",
            timeout=wait_s,
        )  # fmt: skip
        return response, keys

    def _then_record(self, response: VoiceResponse, *prompts: str, unheard: str = "nothing_heard") -> str:
        self._say(response, *prompts)
        response.record(
            action=self.to("recorded"),
            method="POST",
            max_length=self.settings.record_max_s,
            timeout=self.settings.record_silence_s,
            finish_on_key="#",
            play_beep=True,
            trim="do-not-trim",  # silence may be part of what happened; nothing is cut away
            recording_status_callback=self.to("recording"),
            recording_status_callback_method="POST",
            recording_status_callback_event="in-progress completed absent",
        )
        # Reached only when nothing was recorded: with a recording Twilio goes on with the action.
        self._say(response, unheard)
        response.hangup()
        return str(response)

    def _then_finish(self, response: VoiceResponse, keys: Gather, *, again: bool, texts: bool | None) -> str:
        wanted = {
            "after_again": again,
            "after_texts": texts is False,
            "after_no_texts": texts is True,
            "after_more": True,
        }
        self._say(keys, *(prompt for prompt, said in wanted.items() if said))
        response.redirect(self.to("bye"), method="POST")
        return str(response)

    def _digits(self, verbs: Gather, code: str) -> None:
        """Digit by digit, in groups of three with a rest between."""
        recorded = self.files.digits(self.language)
        if recorded is None:
            groups = (", ".join(code[i : i + 3]) for i in range(0, len(code), 3))
            _speak(verbs, ". ".join(groups) + ".", self.language)
            return
        for position, digit in enumerate(code):
            if position and position % 3 == 0:
                verbs.pause(length=1)
            self._play(verbs, self.language, recorded[int(digit)])

    def _say(self, verbs: VoiceResponse | Gather, *keys: str, language: str = "") -> None:
        language = language or self.language
        for key in keys:
            recorded = self.files.find(language, key)
            if recorded is None:
                _speak(verbs, PROMPTS[key].text(language), language)
            else:
                self._play(verbs, language, recorded)

    def _play(self, verbs: VoiceResponse | Gather, language: str, file: PromptFile) -> None:
        address = f"{self.settings.public_url}/twilio/prompts/{language}/{file.path.name}"
        verbs.play(f"{address}?v={file.version}")


def _speak(verbs: VoiceResponse | Gather, text: str, language: str) -> None:
    voice, spoken = VOICES[language]
    verbs.say(text, voice=voice, language=spoken)
