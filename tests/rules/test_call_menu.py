"""Where each key leads: never to a dead end, and silence always to the recording."""

from __future__ import annotations

import pytest

from hotline.rules.call_menu import Ask, Do, after_key, keyed_code, other_language, spoken_state
from hotline.rules.lifecycle import Status
from hotline.telephony.prompts import PROMPTS, seconds, syllables
from hotline.telephony.voice_answers import KEY_WAIT_S, LONGEST_TO_BEEP_S, UNTIL_THE_BEEP

TABLE = {
    Ask.MENU: "''record 1record 2code 3duty 4again 5again 6again 7again 8other_language 9emergency 0again *menu #record",
    Ask.AGAIN: "''record 1record 2code 3duty 4record 5record 6record 7record 8other_language 9emergency 0record *menu #record",
    Ask.EMERGENCY: "''record 1record 2code 3duty 4record 5record 6record 7record 8other_language 9emergency 0record *emergency #record",
    Ask.RESUME: "''record 1decline 2record 3duty 4record 5record 6record 7record 8other_language 9record 0record *resume #record",
    Ask.ANSWER: "''record 1answer 2record 3record 4record 5record 6record 7record 8record 9record 0record *answer #answer",
    Ask.AFTER: "''finish 1read_code 2agree 3more 4read_code 5read_code 6read_code 7read_code 8read_code 9read_code 0read_code *read_code #read_code",
}  # fmt: skip


@pytest.mark.parametrize("asked", Ask)
def test_every_key_of_every_question(asked):
    for entry in TABLE[asked].split():
        key, do = ("", entry[2:]) if entry.startswith("''") else (entry[0], entry[1:])
        assert after_key(asked, key) == Do(do), (asked, key)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("482913605", "482913605"),
        ("482913605#", "482913605"),
        ("*482913605*", "482913605"),
        ("48291360*", "48291360"),
        ("482*13605", "482*13605"),
        ("48291360512", "4829136051"),
        ("", ""),
    ],
)
def test_a_code_may_be_keyed_with_its_ends(keys, code):
    assert keyed_code(keys) == code


@pytest.mark.parametrize("status", Status)
def test_the_spoken_state_is_a_prompt(status):
    assert spoken_state(status) in PROMPTS


@pytest.mark.parametrize("language", ["vi", "en"])
def test_who_presses_nothing_is_at_the_beep_in_time(language):
    heard = [
        PROMPTS[key].text(other_language(language) if key == "menu_language" else language)
        for key in UNTIL_THE_BEEP
    ]
    assert sum(map(seconds, heard)) + KEY_WAIT_S <= LONGEST_TO_BEEP_S


@pytest.mark.parametrize(
    ("text", "count"),
    [("Đường dây tin báo công an.", 6), ("một", 1), ("Nói thêm, bấm ba.", 4), ("Police tip line.", 4), ("three", 1)],
)  # fmt: skip
def test_syllables(text, count):
    assert syllables(text) == count


def test_prompts_of_both_languages_differ_and_are_short():
    for key, prompt in PROMPTS.items():
        assert prompt.vi != prompt.en, key
        assert max(seconds(prompt.vi), seconds(prompt.en)) < 7, key
