"""Stored codes have names: nothing that the program writes down is shown to officers as a bare code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from flask import Flask

from admin import labels, reasons
from hotline.rules.lifecycle import Outcome, Status, Value
from speech.sound import Sound

ROOT = Path(__file__).parents[2]
RECORDED = re.compile(r"audit\.record\(\s*\w+,[^\"]*?\"([a-z_]+)\"")


def test_every_event_that_is_recorded_has_a_name() -> None:
    sources = [path for folder in ("hotline", "workers", "admin") for path in (ROOT / folder).rglob("*.py")]
    kinds = {kind for path in sources for kind in RECORDED.findall(path.read_text())}
    assert len(kinds) > 20
    assert kinds <= set(labels.AUDIT_KINDS)


def test_every_reason_why_audio_is_not_read_has_words() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "speech").rglob("*.py"))
    unreadable = set(re.findall(r'UnreadableAudio\(\s*"([a-z-]+)"', sources))
    models = set(re.findall(r'ModelProblem\(\s*"(model-(?:missing|broken))"', sources))
    assert len(unreadable) >= 6 and len(models) == 2
    assert unreadable | models <= set(labels.FAILURES)
    assert set(labels.BROUGHT_FAILURES) <= set(labels.FAILURES)
    assert set(get_args(Sound)) == {*labels.SOUNDS, "speech"}


def test_every_state_outcome_and_value_has_a_name() -> None:
    assert (set(labels.STATUSES), set(labels.OUTCOMES), set(labels.VALUES)) == (
        set(Status),
        set(Outcome),
        set(Value),
    )


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ({"code": "area", "commune": "24664", "load": 2}, "vì xã Đức Lập thuộc địa bàn của đơn vị, ít việc nhất (2 tin)"),
        (
            {"code": "area", "commune": "24664", "on_shift": True, "speciality": "MA_TUY", "load": 3, "urgent": 1, "of": 2},
            "vì xã Đức Lập thuộc địa bàn của đơn vị, đang trực, chuyên trách ma túy, ít việc nhất (3 tin, 1 khẩn)",
        ),
        (
            {"code": "area", "commune": "24664", "speciality": "CHAY_NO", "load": 0, "of": 1},
            "vì xã Đức Lập thuộc địa bàn của đơn vị, chuyên trách “cháy, nổ”, chưa giữ tin nào",
        ),
        (
            {"code": "area", "commune": "24664", "staffing": "none_on_shift", "load": 3, "urgent": 0, "of": 1},
            "vì xã Đức Lập thuộc địa bàn của đơn vị, lúc đó không có ai trực, đang xử lý 3 tin",
        ),
        (
            {"code": "area", "commune": "24664", "staffing": "all_on_leave"},
            "vì xã Đức Lập thuộc địa bàn của đơn vị, chưa giao cho ai vì mọi cán bộ của đơn vị đều nghỉ phép",
        ),
        ({"code": "province", "commune": "24664", "province": "68"}, "vì xã Đức Lập thuộc tỉnh Lâm Đồng, địa bàn của đơn vị"),
        ({"code": "province", "province": "68"}, "vì tỉnh Lâm Đồng thuộc địa bàn của đơn vị"),
        ({"code": "specialised", "category": "MA_TUY"}, "vì đơn vị chuyên trách ma túy"),
        (
            {"code": "specialised", "category": "MA_TUY", "commune": "24664"},
            "vì đơn vị chuyên trách ma túy ở xã Đức Lập",
        ),
        ({"code": "duty_vague", "province": "68"}, "vì tin chỉ nói đến tỉnh Lâm Đồng, không rõ xã, phường nào"),
        ({"code": "duty_shared", "communes": ["24664"]}, "vì nhiều đơn vị cùng phụ trách xã Đức Lập, cần cán bộ chọn"),
        ({"code": "duty_shared", "category": "MA_TUY"}, "vì nhiều đơn vị cùng phụ trách ma túy, cần cán bộ chọn"),
        (
            {"code": "duty_ambiguous", "provinces": ["68", "42"]},
            "vì địa danh có thể thuộc nhiều tỉnh (tỉnh Lâm Đồng, tỉnh Hà Tĩnh), cần cán bộ chọn",
        ),
        ({"code": "handed_over", "from": "…"}, "nhận bàn giao"),
        ({"code": "duty_no_place"}, "vì tin không nói rõ nơi xảy ra"),
        ({"code": "duty_uncovered", "commune": "23023"}, "vì xã Sông Lũy chưa có đơn vị nào phụ trách"),
        (
            {"code": "duty_ambiguous", "communes": ["24664", "23023"]},
            "vì địa danh có thể thuộc nhiều xã, phường (xã Đức Lập, xã Sông Lũy), cần cán bộ chọn",
        ),
        ({"code": "by_staff"}, "được giao"),
        ({"code": "claimed"}, "tự nhận xử lý"),
    ],
)  # fmt: skip
def test_why_a_tip_went_where_it_went_is_one_sentence(
    app: Flask, reason: dict[str, object], sentence: str
) -> None:
    with app.test_request_context():
        assert reasons.assignment_reason(reason) == sentence


@pytest.mark.parametrize(
    ("code", "says"),
    [("not-audio", "Thử lại"), ("provider-30007", "lỗi 30007"), ("x", "(x)"), (None, "(None)")],
)
def test_every_failure_says_what_to_do(app: Flask, code: str | None, says: str) -> None:
    with app.test_request_context():
        assert says in labels.failure(code)
