import pytest

from hotline.rules.triage import triage


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("Tụi nó đang đánh bạc ở nhà ông B, đến ngay", True),
        ("Tối nào nhà ông B cũng đánh bạc", False),
        ("Hôm qua tụi nó đánh nhau trước quán", False),
        ("Đang đánh nhau, có đứa chảy máu", True),
        ("chau be di lac o cho chua thay ve", True),
        ("Lâu nay xưởng xả nước thải ra suối, đề nghị kiểm tra", False),
        ("cứu với nó cầm dao chém lung tung", True),
        ("Cho em hỏi đổi căn cước gấp thì sao ạ, em đang cần", False),
    ],
)
def test_happening_now_or_in_danger_now(text: str, urgent: bool) -> None:
    assert triage(text).urgent is urgent


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("Cháy nhà rồi, lửa lớn lắm, tới ngay", {"114"}),
        ("Đang đánh nhau, có đứa bị đâm chảy máu nhiều, tới ngay", {"113", "115"}),
        ("Có người đuối nước ở hồ, cứu với", {"114", "115"}),
        ("Tối nào cũng đánh bạc", set()),
    ],
)
def test_names_the_services_to_call(text: str, services: set[str]) -> None:
    assert triage(text).emergency == services


def test_reasons_point_at_the_words() -> None:
    text = "Tụi nó đang đánh nhau, cứu với"
    found = triage(text)
    assert {reason.kind for reason in found.urgent_evidence} >= {"happening_now", "plea_for_help"}
    assert all(text[r.span.start : r.span.end] == r.span.text for r in found.urgent_evidence)


def test_words_the_recogniser_guessed_are_no_evidence() -> None:
    text = "cứu với có cháy"
    assert triage(text).urgent
    assert not triage(text, word_confidence=[0.1, 0.1, 0.9, 0.1]).urgent
