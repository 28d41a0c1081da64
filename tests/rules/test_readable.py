"""What officers read of a transcript: figures where they surely are figures, words everywhere else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.rules.numbers import DIGITS
from hotline.rules.readable import COMMA_S, STOP_S, readable, text_of, to_dict, token_at

# "/" is a pause of a comma, "//" one of a full stop.
PAUSES = {"/": (COMMA_S + STOP_S) / 2, "//": STOP_S}

CASES = [
    # numbers
    ("hai mươi ba người", "23 người."),
    ("một trăm linh năm bao cà phê", "105 bao cà phê."),
    ("một trăm lẻ năm người", "105 người."),
    ("hai mươi mốt tuổi", "21 tuổi."),
    ("có ba lăm người", "Có 35 người."),
    ("hai mươi tư giờ", "24 giờ."),
    ("chín mươi chín phòng", "99 phòng."),
    ("hai nghìn người", "2.000 người."),
    ("một nghìn hai trăm cây keo", "1.200 cây keo."),
    ("năm mươi năm", "50 năm."),
    ("mười năm trước", "10 năm trước."),
    ("hai năm rồi", "2 năm rồi."),
    ("một trăm rưỡi hộ", "150 hộ."),
    # two numbers side by side, half numbers and guesses: never added up, never cut short
    ("mười bảy mười tám tuổi", "17 18 tuổi."),
    ("hai mươi hai lăm tuổi", "20 25 tuổi."),
    ("ba mươi bốn mươi người", "30 40 người."),
    ("lúc mười một mười hai giờ đêm", "Lúc 11 12 giờ đêm."),
    ("năm mươi một trăm nghìn", "50 100.000."),
    ("chín mười giờ đêm", "Chín mười giờ đêm."),
    ("năm mười phút nữa", "Năm mười phút nữa."),
    ("năm sáu người", "Năm sáu người."),
    ("hai năm sáu tháng", "2 năm 6 tháng."),
    ("một trăm hai người", "Một trăm hai người."),
    ("một trăm một ván", "100 một ván."),
    ("điều hai trăm bốn chín", "Điều hai trăm bốn chín."),
    ("phòng ba lẻ hai", "Phòng ba lẻ hai."),
    ("trăm hai mươi nghìn", "Trăm hai mươi nghìn."),
    ("mất ba triệu ba trăm", "Mất 3 triệu ba trăm."),
    ("hai ngàn bốn đô", "Hai ngàn bốn đô."),
    ("số không chín trăm không không không không một hai", "Số không chín trăm 000012."),
    # small numbers beside what is counted, numbered or measured
    ("lấy mất bốn bao cà phê", "Lấy mất 4 bao cà phê."),
    ("ba người lạ", "3 người lạ."),
    ("có hai đối tượng", "Có 2 đối tượng."),
    ("mất hai chỉ vàng", "Mất 2 chỉ vàng."),
    ("năm người đánh nhau", "5 người đánh nhau."),
    ("một ki lô gam", "1 kg."),
    ("bà ba nhà ở thôn ba", "Bà ba nhà ở thôn 3."),
    ("khu phố hai phường năm", "Khu phố 2 phường 5."),
    ("tổ tư", "Tổ 4."),
    ("quốc lộ mười bốn", "Quốc lộ 14."),
    ("số nhà mười hai", "Số nhà 12."),
    ("cháu học lớp chín", "Cháu học lớp 9."),
    ("học cấp hai", "Học cấp 2."),
    # money
    ("hai triệu rưỡi đồng", "2,5 triệu đồng."),
    ("mất mười bốn triệu rưỡi", "Mất 14,5 triệu."),
    ("mất bốn lăm triệu", "Mất 45 triệu."),
    ("một triệu hai trăm nghìn đồng", "1,2 triệu đồng."),
    ("một triệu hai trăm năm mươi nghìn đồng", "1.250.000 đồng."),
    ("tám trăm nghìn đồng", "800.000 đồng."),
    ("một trăm hai nghìn", "120.000."),
    ("đáng một tỷ hai", "Đáng 1,2 tỷ."),
    ("một triệu tám / anh ạ", "1,8 triệu, anh ạ."),
    # percent and measures
    ("năm mươi phần trăm", "50%."),
    ("hai phẩy năm phần trăm", "2,5%."),
    ("một trăm phần trăm", "100%."),
    ("hai phẩy mười lăm mét", "2,15 mét."),
    ("cách năm mươi ki lô mét", "Cách 50 km."),
    ("ba trăm mét vuông", "300 m²."),
    ("hai mươi héc ta", "20 ha."),
    # the clock
    ("lúc hai mươi hai giờ ba mươi", "Lúc 22 giờ 30."),
    ("hai mươi hai giờ ba mươi phút tối qua", "22 giờ 30 tối qua."),
    ("chín giờ rưỡi tối", "9 giờ 30 tối."),
    ("chín giờ kém mười lăm", "9 giờ kém 15."),
    ("chín giờ năm phút", "9 giờ 05."),
    ("hai hai giờ đêm", "22 giờ đêm."),
    ("hai tư giờ đêm", "24 giờ đêm."),
    ("một giờ sáng", "1 giờ sáng."),
    ("chín giờ hai mươi người tới", "9 giờ 20 người tới."),
    ("chín giờ ba người tới", "9 giờ 3 người tới."),
    # dates and years
    ("ngày mười hai tháng ba", "Ngày 12/3."),
    ("ngày hai tám tháng tư năm hai nghìn hai mươi sáu", "Ngày 28/4/2026."),
    ("ngày hai mươi tám tháng mười một năm hai nghìn không trăm hai mươi sáu", "Ngày 28/11/2026."),
    ("đường ba mươi tháng tư", "Đường 30/4."),
    ("mùng năm tết", "Mùng 5 tết."),
    ("tháng tư vừa rồi", "Tháng 4 vừa rồi."),
    ("năm hai nghìn mười chín", "Năm 2019."),
    ("năm một chín chín tám", "Năm 1998."),
    ("năm hai không hai bốn tôi mất xe", "Năm 2024 tôi mất xe."),
    # what is spelt
    ("bốn bảy bê một hai ba bốn năm sáu", "47B1-234.56."),
    ("biển bốn chín a một hai ba bốn năm", "Biển 49A-12345."),
    ("xe bốn mươi bảy đê một không hai ba bốn", "Xe 47D-10234."),
    ("gọi không chín không không không không không không một hai", "Gọi 0900 000 012."),
    ("số không chín không không / không không không / không một hai", "Số 0900 000 012."),
    ("phải không chín không không không không không không một hai không", "Phải 0900 000 012 không."),
    ("số tài khoản một chín không ba bốn năm sáu bảy", "Số tài khoản 19034567."),
    ("gọi một một ba không được", "Gọi 113 không được."),
    # what stays words
    ("ba tôi uống rượu", "Ba tôi uống rượu."),
    ("ba cháu đánh mẹ cháu", "Ba cháu đánh mẹ cháu."),
    ("ba con đi rồi", "Ba con đi rồi."),
    ("không ba không mẹ", "Không ba không mẹ."),
    ("năm nay", "Năm nay."),
    ("năm tháng qua đi", "Năm tháng qua đi."),
    ("mỗi năm người ta về", "Mỗi năm người ta về."),
    ("lúa chín rồi", "Lúa chín rồi."),
    ("xoài chín cây", "Xoài chín cây."),
    ("ông tư cuối xóm", "Ông tư cuối xóm."),
    ("anh hai người ở đây", "Anh hai người ở đây."),
    ("thứ hai tuần sau", "Thứ hai tuần sau."),
    ("lần thứ ba rồi", "Lần thứ ba rồi."),
    ("ngã ba đường", "Ngã ba đường."),
    ("xe ba gác", "Xe ba gác."),
    ("ba bốn người", "Ba bốn người."),
    ("bốn năm người", "Bốn năm người."),
    ("hai ba giờ sáng", "Hai ba giờ sáng."),
    ("vài ba đứa", "Vài ba đứa."),
    ("mấy chục người", "Mấy chục người."),
    ("hai chục người", "Hai chục người."),
    ("hàng trăm người", "Hàng trăm người."),
    ("rõ mười mươi", "Rõ mười mươi."),
    ("một mình tôi", "Một mình tôi."),
    ("một số người", "Một số người."),
    ("một người lạ", "Một người lạ."),
    ("hai bên đánh nhau", "Hai bên đánh nhau."),
    ("hai hôm nay", "Hai hôm nay."),
    ("một hai ba bốn năm", "Một hai ba bốn năm."),
    ("hai tháng ba lần", "2 tháng ba lần."),
    ("tháng ba tôi mất", "Tháng ba tôi mất."),
    ("ở thôn ba tôi thấy", "Ở thôn ba tôi thấy."),
    ("bây giờ nó đang ở đây", "Bây giờ nó đang ở đây."),
    # sentences and places
    ("a lô / tôi ở đây // công an tới đi", "A lô, tôi ở đây. Công an tới đi."),
    ("ở xã đức minh huyện đắk mil", "Ở xã Đức Minh huyện Đắk Mil."),
    ("có ông cứ đứng trước cổng", "Có ông cứ đứng trước cổng."),
    ("ở xã đức thay", "Ở xã đức thay."),
    ("huyện đắc mil tỉnh lâm đồng", "Huyện Đắc Mil tỉnh Lâm Đồng."),
    ("chân cầu sông lũy", "Chân cầu Sông Lũy."),
    ("hai / ba người", "Hai, 3 người."),
    # what an officer typed stays as it was typed
    ("biển 47B1-234.56 ở Đức Lập.", "Biển 47B1-234.56 ở Đức Lập."),
    ("gọi 0900000012 ngay!", "Gọi 0900000012 ngay!"),
    ("", ""),
]  # fmt: skip


def heard(said: str) -> list[dict[str, Any]]:
    words, at = [], 0.0
    for word in said.split():
        if word in PAUSES:
            at += PAUSES[word]
            continue
        words.append({"word": word, "start": at, "end": at + 0.2, "conf": 1.0})
        at += 0.2
    return words


@pytest.mark.parametrize(("said", "written"), CASES)
def test_as_an_officer_writes_it(said: str, written: str) -> None:
    assert text_of(readable(heard(said))) == written


def test_another_speaker_begins_a_sentence() -> None:
    words = heard("a lô tôi nghe")
    for word, channel in zip(words, (0, 0, 1, 1), strict=True):
        word["channel"] = channel
    assert text_of(readable(words)) == "A lô. Tôi nghe."


def test_a_token_leads_to_its_sound_and_the_sound_to_it() -> None:
    words = heard("lúc hai mươi hai giờ ba mươi có cháy")
    tokens = readable(words)
    assert [(t.text, t.first, t.last, t.kind) for t in tokens[:2]] == [
        ("Lúc", 0, 0, ""),
        ("22 giờ 30", 1, 6, "time"),
    ]
    assert [token_at(tokens, n).first for n in range(len(words))] == [0, 1, 1, 1, 1, 1, 1, 7, 8]
    assert to_dict(tokens, words)["tokens"][1] == {
        "text": "22 giờ 30", "first": 1, "last": 6, "start": words[1]["start"], "end": words[6]["end"],
    }  # fmt: skip


# Words that make numbers, words around them, and what nobody says.
SHAPES = ("mười mươi chục trăm nghìn triệu tỷ linh lẻ rưỡi phẩy phần giờ phút kém ngày tháng năm mùng bê a đê "
          "thôn người ba tôi số ở xã đức lập ki lô mét 47B1 12 . 0903,")  # fmt: skip
WORDS = st.sampled_from(
    [*DIGITS, *SHAPES.split()]
) | st.text(max_size=4)  # fmt: skip


@given(st.lists(st.tuples(WORDS, st.sampled_from([0.0, 0.3, 1.0])), max_size=40))
def test_every_word_is_in_one_token_in_order(said: list[tuple[str, float]]) -> None:
    words, at = [], 0.0
    for word, pause in said:
        words.append({"word": word, "start": at, "end": at + 0.2})
        at += 0.2 + pause
    tokens = readable(words)
    covered = [n for token in tokens for n in range(token.first, token.last + 1)]
    assert covered == list(range(len(words)))
    assert tokens == readable(words)


def test_an_hour_of_speech_is_read_in_a_moment() -> None:
    words = heard(" ".join(said for said, _ in CASES if "đức" not in said) * 11)[:5_000]
    assert len(words) == 5_000
    readable(words[:50])  # the gazetteer is loaded once
    start = time.process_time()
    readable(words)
    assert time.process_time() - start < 2.0
