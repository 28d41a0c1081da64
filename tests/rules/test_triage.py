import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.cli.triage import triage as command
from hotline.rules.triage import Triage, triage, version

DATA = Path(__file__).parents[1] / "data"


def load(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return loaded


def spans(found: Triage) -> list[tuple[int, int, str]]:
    slices = [span for category in found.categories for span in category.evidence]
    slices += [reason.span for reason in found.urgent_evidence]
    entities = found.entities
    for kind in (entities.plates, entities.phones, entities.money_vnd, entities.times):
        slices += [entity.span for entity in kind]
    return [(span.start, span.end, span.text) for span in slices] + [
        (place.start, place.end, place.mention) for place in found.places
    ]


# Pieces of real messages, so that random text reaches every reader.
PIECES = [message["text"] for message in load("labelled_dev.json")]
messages = st.one_of(
    st.text(),
    st.lists(st.sampled_from(" ".join(PIECES).split()), max_size=40).map(" ".join),
    st.builds(
        lambda piece, cut, junk: piece[:cut] + junk, st.sampled_from(PIECES), st.integers(0, 200), st.text()
    ),
)


# No deadline: the first message also loads the gazetteer.
@settings(deadline=None)
@given(messages)
def test_any_text_is_read_and_evidence_is_its_own_words(text: str) -> None:
    found = triage(text)
    assert 1 <= len(found.categories) <= 3
    assert all(0 <= category.score < 1 for category in found.categories)
    for start, end, said in spans(found):
        assert 0 <= start < end <= len(text)
        assert text[start:end] == said
    assert triage(text) == found
    json.dumps(found.to_dict())


def test_the_json_is_what_others_rely_on() -> None:
    read = triage("Xe 61D1-450.93 của em mất trộm ở xã Đức Lập tối qua, trị giá 20 triệu").to_dict()
    assert read["categories"][0].keys() == {"code", "score", "evidence"}
    assert read["places"][0].keys() >= {"mention", "candidates", "old_unit"}
    assert read["places"][0]["candidates"][0].keys() == {"commune", "commune_code", "province"}
    assert read["entities"] == {
        "plates": ["61D145093"],
        "phones": [],
        "money_vnd": [20_000_000],
        "times": ["tối qua"],
    }
    assert read.keys() >= {"urgent", "urgent_evidence", "is_tip"}
    assert read["version"] == version()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("xin giấu tên, nhà đó bán ma túy", True),
        ("xin giau ten, nha do ban ma tuy", True),
        ("em sợ nó trả thù lắm", True),
        ("nhà đó bán ma túy", False),
    ],
)
def test_asks_for_secrecy(text: str, asked: bool) -> None:
    assert triage(text).secrecy_requested is asked


def test_short_samples_are_understood() -> None:
    samples = load("sample_messages_vi.json")
    right = [
        triage(sample["text"]).categories[0].code == sample["category"].replace("NONE", "KHAC")
        for sample in samples
    ]
    assert sum(right) / len(right) >= 0.95


def test_realistic_messages_do_not_fall_below_what_was_reached() -> None:
    """Floors two points under the figures in docs/triage.md; the messages were seen in development."""
    labelled = load("labelled_dev.json")
    found = [triage(message["text"]) for message in labelled]
    first = sum(f.categories[0].code == m["categories"][0] for f, m in zip(found, labelled, strict=True))
    urgency = Counter((m["urgent"], f.urgent) for f, m in zip(found, labelled, strict=True))
    assert first / len(labelled) >= FLOOR_FIRST
    assert urgency[True, True] / (urgency[True, True] + urgency[True, False]) >= FLOOR_RECALL
    assert urgency[True, True] / (urgency[True, True] + urgency[False, True]) >= FLOOR_PRECISION


FLOOR_FIRST, FLOOR_RECALL, FLOOR_PRECISION = 0.92, 0.97, 0.81


def test_the_command_answers_every_line_and_fails_for_bad_ones() -> None:
    lines = ['{"id": 7, "text": "cháy nhà, cứu với"}', "{bad", '{"id": "x"}', "", '{"id": 8, "text": "alo"}']
    result = CliRunner().invoke(command, input="\n".join(lines).encode() + b"\n\xff\n")
    assert result.exit_code == 1
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [7, None, "x", 8, None]
    assert answers[0]["urgent"]
    assert [("error" in answer) for answer in answers] == [False, True, True, False, True]
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 2", "line 3", "line 6"]


def test_the_command_succeeds_on_good_lines() -> None:
    result = CliRunner().invoke(command, input='{"id": "a", "text": "\\ud800 cháy"}\n')
    assert result.exit_code == 0
    assert json.loads(result.stdout)["id"] == "a"


def test_reading_needs_no_database_and_no_web() -> None:
    code = (
        "import sys; from hotline.rules.triage import triage; triage('xã Đức Minh');"
        "print([m for m in ('flask', 'sqlalchemy', 'redis', 'rq', 'vosk') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
