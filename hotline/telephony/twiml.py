"""The answers that Twilio follows, spoken and written in Vietnamese."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from hotline.settings import Settings

# One of the Google voices that Twilio lists for vi-VN (twilio.com/docs/voice/twiml/say/text-speech).
VOICE, LANGUAGE = "Google.vi-VN-Wavenet-A", "vi-VN"

GREETING = (
    "Xin chào, đây là đường dây tin báo của công an. Quý vị không cần nói tên. "
    "Nếu nguy cấp, hãy gác máy và gọi một một ba, một một bốn hoặc một một năm. "
    "Sau tiếng bíp, xin cho biết có việc gì, xảy ra ở đâu. Nói xong, xin bấm phím thăng hoặc gác máy."
)
NOTHING_HEARD = "Chúng tôi không nghe thấy gì. Quý vị có thể gọi lại bất cứ lúc nào. Xin cảm ơn."
THANKS = "Đã nhận được tin báo. Mã tin là: {digits}. Xin nhắc lại: {digits}. Xin cảm ơn quý vị."


def text_answer(reply: str | None) -> str:
    """The answer to a text: one message back, or none."""
    response = MessagingResponse()
    if reply is not None:
        response.message(reply)
    return str(response)


def record_tip(settings: Settings, *, action: str, recording_status: str) -> str:
    """Greet and record. The action ends the call politely; only the status callback is sure to come."""
    response = VoiceResponse()
    response.say(GREETING, voice=VOICE, language=LANGUAGE)
    response.record(
        action=action,
        method="POST",
        max_length=settings.record_max_s,
        timeout=settings.record_silence_s,
        finish_on_key="#",
        play_beep=True,
        trim="do-not-trim",  # silence may be part of what happened; nothing is cut away
        recording_status_callback=recording_status,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    # Reached only when nothing was recorded: with a recording Twilio goes on with the action.
    response.say(NOTHING_HEARD, voice=VOICE, language=LANGUAGE)
    response.hangup()
    return str(response)


def thank(code: str) -> str:
    """Tell the caller the tip's code, digit by digit and twice, and hang up."""
    digits = ", ".join(" ".join(code[i : i + 3]) for i in range(0, len(code), 3))
    response = VoiceResponse()
    response.say(THANKS.format(digits=digits), voice=VOICE, language=LANGUAGE)
    response.hangup()
    return str(response)


def nothing() -> str:
    """An answer that asks Twilio for nothing."""
    return str(VoiceResponse())
