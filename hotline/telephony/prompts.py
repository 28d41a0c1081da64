"""Everything a caller hears from us, in Vietnamese and English; each prompt can be replaced by a recorded file.

Short, because a frightened person on a bad line listens: docs/calls.md counts the seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Vietnamese announcers speak about so many syllables a second; English ones speak no faster.
SYLLABLES_A_SECOND = 3.5


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence or two, in both languages."""

    vi: str
    en: str

    def text(self, language: str) -> str:
        """The words in one of the languages of call_menu.LANGUAGES."""
        return self.en if language == "en" else self.vi


PROMPTS: Mapping[str, Prompt] = {
    "greeting": Prompt("Đường dây tin báo công an.", "Police tip line."),
    "danger": Prompt(
        "Nếu khẩn cấp, hãy gác máy, gọi một một ba.", "In danger? Hang up, call one one three."
    ),
    "menu_tell": Prompt("Báo tin, bấm một hoặc giữ máy.", "Leave a tip: press one or hold."),
    "menu_code": Prompt("Có mã tin, bấm hai.", "Have a code? Press two."),
    "menu_duty": Prompt("Gặp trực ban, bấm ba.", "Duty officer, press three."),
    "menu_emergency": Prompt("Số khẩn cấp, bấm chín.", "Emergency numbers, press nine."),
    # Said in the menu of the other language, to who does not understand that one.
    "menu_language": Prompt("Tiếng Việt, bấm tám.", "English, press eight."),
    "unknown_key": Prompt("Phím bấm không đúng.", "That key is not in use."),
    "record": Prompt(
        "Không cần xưng tên. Sau tiếng bíp, xin nói việc gì, ở đâu; xong, bấm phím thăng.",
        "No name needed. After the beep, say what and where. End with pound.",
    ),
    "record_more": Prompt(
        "Xin nói thêm sau tiếng bíp; xong, bấm phím thăng.", "Add to it after the beep. End with pound."
    ),
    "nothing_heard": Prompt(
        "Chưa ghi được lời nào. Quý vị có thể gọi lại bất cứ lúc nào.",
        "No words were recorded. You can call again at any time.",
    ),
    "resume": Prompt(
        "Cuộc gọi trước bị ngắt. Xin nói tiếp sau tiếng bíp; báo việc khác, bấm một.",
        "Your last call was cut off. Go on after the beep; for something else, press one.",
    ),
    "emergency": Prompt(
        "Công an, một một ba. Cứu hỏa, một một bốn. Cấp cứu, một một năm. Xin gác máy và gọi ngay.",
        "Police, one one three. Fire and rescue, one one four. Ambulance, one one five. Hang up and dial now.",
    ),
    "emergency_stay": Prompt("Muốn báo tin, xin giữ máy.", "To leave a tip, hold the line."),
    "code_ask": Prompt("Xin bấm chín số của mã tin.", "Key in the nine digits of your code."),
    "code_again": Prompt("Mã chưa đúng, xin bấm lại.", "That code is not right. Please key it in again."),
    "code_failed": Prompt(
        "Mã vẫn chưa đúng, xin để lại lời nhắn.", "That code is still not right; please leave a message."
    ),
    "code_locked": Prompt(
        "Lúc này chưa tra được mã, xin để lại lời nhắn.",
        "Codes cannot be looked up now; please leave a message.",
    ),
    "state_received": Prompt("Tin đã được tiếp nhận.", "Your tip has been received."),
    "state_verifying": Prompt("Tin đang được xác minh.", "Your tip is being verified."),
    "state_closed": Prompt("Tin đã xử lý xong.", "Your tip has been dealt with."),
    "answer": Prompt("Cán bộ trả lời:", "The officer's answer, in Vietnamese:"),
    "no_answer": Prompt("Chưa có câu trả lời.", "There is no answer yet."),
    "answer_keys": Prompt(
        "Nghe lại, bấm một. Muốn nói thêm, xin giữ máy.", "To hear it again, press one. To add to it, hold the line."
    ),
    "connecting": Prompt(
        "Đang nối máy với trực ban; trực ban không thấy số máy của quý vị.",
        "Connecting you to the duty officer, who does not see your number.",
    ),
    "duty_missed": Prompt(
        "Trực ban chưa nghe máy được. Nếu khẩn cấp, hãy gọi một một ba. Nếu không, xin để lại lời nhắn.",
        "No officer can answer now. Emergency: call one one three. Or leave a message.",
    ),
    "duty_none": Prompt(
        "Chưa nối máy được với trực ban. Nếu khẩn cấp, hãy gọi một một ba. Nếu không, xin để lại lời nhắn.",
        "No officer can be reached now. Emergency: call one one three. Or leave a message.",
    ),
    "duty_over": Prompt("Cuộc gọi với trực ban đã kết thúc.", "The call with the officer has ended."),
    "duty_screen": Prompt(
        "Cuộc gọi từ đường dây tin báo. Bấm một để nghe.", "A call from the tip line. Press one to take it."
    ),
    "thanks": Prompt("Đã nhận tin. Mã tin là:", "Your tip was received. Its code is:"),
    "code_repeat": Prompt(
        "Xin nhớ mã này để gọi lại nghe trả lời:", "Once more; keep it to call back for the answer:"
    ),
    "same_code": Prompt("Đã nhận thêm. Mã tin như lần trước.", "That was added. The code is the same as before."),
    "after_again": Prompt("Nghe lại mã, bấm một.", "To hear the code again, press one."),
    "after_texts": Prompt(
        "Đồng ý nhận trả lời bằng tin nhắn tới điện thoại này, bấm hai.",
        "If the answer may be texted to this phone, press two.",
    ),
    "after_no_texts": Prompt("Không nhận tin nhắn nữa, bấm hai.", "For no texts after all, press two."),
    "after_more": Prompt("Nói thêm, bấm ba.", "To say more, press three."),
    "texts_agreed": Prompt(
        "Đã ghi nhận: trả lời sẽ được nhắn tới điện thoại này.",
        "Noted: the answer will be texted to this phone.",
    ),
    "texts_stopped": Prompt(
        "Đã ghi nhận: không nhắn tới điện thoại này.", "Noted: nothing will be texted to this phone."
    ),
    "goodbye": Prompt("Xin cảm ơn quý vị.", "Thank you. Goodbye."),
} | {
    f"digit_{digit}": Prompt(vi, en)
    for digit, (vi, en) in enumerate(
        [
            ("không", "zero"), ("một", "one"), ("hai", "two"), ("ba", "three"), ("bốn", "four"),
            ("năm", "five"), ("sáu", "six"), ("bảy", "seven"), ("tám", "eight"), ("chín", "nine"),
        ]
    )
}  # fmt: skip
DIGITS = tuple(f"digit_{digit}" for digit in range(10))


def seconds(text: str) -> float:
    """About how long a text takes to say."""
    return syllables(text) / SYLLABLES_A_SECOND


def syllables(text: str) -> int:
    """Vietnamese writes each syllable apart; of an English word, its groups of vowels are counted."""
    words = re.findall(r"\w+", text.lower())
    if any(not word.isascii() for word in words):
        return len(words)
    return sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word)))) for word in words)
