"""The learning loop by its commands: corrections out, a model trained on them, switched on and back, all audited."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from hotline import cli
from hotline.cli.learning import decide
from hotline.db import Database
from hotline.models import AuditEvent, Tip, TipKey
from hotline.rules import classifier
from hotline.rules.lifecycle import Outcome
from hotline.services import audit, corrections, followup, triage
from hotline.triage_models import TriageModels
from tests.builders import NOW, RESIDENT, World, create_tip, receive
from training.messages import FOLDER, load

Call = Callable[..., Result]
WANTED = {"TROM_CAP": 12, "CHAY_NO": 12, "HANH_CHINH": 10, classifier.NO_TIP_OTHER: 10}


@pytest.fixture
def call(environ: dict[str, str]) -> Call:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli.main, arguments, env=environ)

    yield call
    classifier.use(None)


@pytest.fixture
def checked(database: Database, world: World) -> None:
    """A closed tip, a corrected one, one that is none; and those that must not leave the house."""
    viewer = world.admin.viewer

    def tip(text: str, **of: object) -> Tip:
        tip_id = receive(session, text, at=NOW + timedelta(days=next(days)), **of).tip_id  # type: ignore[arg-type]
        triage.run(session, tip_id, NOW)
        return session.get_one(Tip, tip_id)

    with database.begin() as session:
        days = iter(range(100))
        closed = tip(f"Nhà bà Tư tối nào cũng đánh bạc, gọi {RESIDENT} tôi chỉ cho")
        followup.set_outcome(session, viewer, closed.id, Outcome.SANCTIONED, "", NOW)
        corrected = tip("Nó phá khóa lấy chiếc xe 49H-012.88 ngay trước mặt tôi")
        corrections.correct_categories(session, viewer, corrected.id, ["CUOP_GIAT"], NOW)
        corrections.set_urgent(session, viewer, corrected.id, True, NOW)
        advert = tip("Đang cháy hàng, mua một tặng một")
        followup.set_outcome(session, viewer, advert.id, Outcome.NOT_A_TIP, "", NOW)
        tip("Không ai kiểm tin này")
        for gone in ("demonstration", "deleted"):
            left_out = tip(f"Trộm bò {gone}")
            followup.set_outcome(session, viewer, left_out.id, Outcome.SANCTIONED, "", NOW)
            if gone == "demonstration":
                left_out.demonstration = True
            else:
                session.delete(session.get_one(TipKey, left_out.id))
        silent = create_tip(session, world.duc_lap, at=NOW)
        followup.set_outcome(session, viewer, silent.id, Outcome.SANCTIONED, "", NOW)


def test_checked_tips_become_labelled_messages(
    call: Call, checked: None, database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "learn.jsonl"
    done = call("triage", "corrections", "--from", "2026-10-01", "--to", "2026-12-31", "--out", str(out))
    assert (done.exit_code, done.stdout) == (0, f"{out}: 3 checked tips\n"), done.output
    assert "residents' words" in done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(m["categories"], m["urgent"], m["is_tip"]) for m in lines] == [
        (["DANH_BAC"], False, True),
        (["CUOP_GIAT"], True, True),
        (["KHAC"], False, False),
    ]
    assert {m["style"] for m in lines} == {"officer"}
    assert RESIDENT not in out.read_text("utf-8") and "00H-000.00" in lines[1]["text"]
    assert len(load([out])) == 3  # as the training reads it
    with database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "corrections_exported")).one()
        assert event.detail == {"messages": 3, "start": "2026-10-01", "end": "2026-12-31"}


def test_a_file_that_cannot_be_written_is_not_audited(
    call: Call, checked: None, database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "nowhere" / "learn.jsonl"
    done = call("triage", "corrections", "--from", "2026-10-01", "--to", "2026-12-31", "--out", str(out))
    assert done.exit_code == 1 and "nowhere" in done.stderr
    with database.reading() as session:
        assert "corrections_exported" not in session.scalars(select(AuditEvent.kind)).all()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder of few messages to learn from beside the corrections."""
    left, lines = dict(WANTED), []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line, message in zip(path.read_text("utf-8").splitlines(), load([path]), strict=True):
            if left.get(message.label, 0):
                left[message.label] -= 1
                lines.append(line)
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "few.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_a_model_is_trained_compared_switched_on_and_back(
    call: Call, database: Database, world: World, small: Path, settings, capfd
) -> None:
    file = small.parent / "learn.jsonl"
    lines = (small / "few.jsonl").read_text("utf-8").splitlines()
    file.write_text("\n".join(lines[:8]), encoding="utf-8")
    against = small.parent / "against.jsonl"
    against.write_text("\n".join(lines[8:16]), encoding="utf-8")
    shipped = classifier.fingerprint()
    training = ("triage", "train", str(file), "--messages", str(small), "--against", str(against))
    done = call(*training)
    assert done.exit_code == 0, done.output
    assert "cross-validation 5 of 5" in capfd.readouterr().err
    assert "corrections, cross-validated (8):\n  first category" in done.stdout
    assert "messages held out (8):\n  first category" in done.stdout
    assert "not switched on; `triage use" in done.stdout
    here = TriageModels(settings.data_dir)
    (made,) = [known.fingerprint for known in here.known() if not known.shipped]
    assert here.chosen() == "shipped"

    assert call("triage", "use", made).exit_code == 0
    listed = call("triage", "models").stdout.splitlines()
    assert [
        (line[0], line.split()[-1] == "shipped") for line in listed if made in line or "shipped" in line
    ] == [
        (" ", True),
        ("*", False),
    ]
    assert here.read("Đang cháy nhà, cứu với").to_dict()["version"].endswith(made)
    # Compared with itself nothing is worse on what was held out, and it is switched on without a question.
    again = call(*training, "--yes")
    assert f"in use: {made} (until now {made})" in again.stdout, again.output
    held_out = again.stdout.partition("messages held out")[2].partition("kept as")[0]
    assert re.findall(r"[+-]\d\.\d{3}", held_out) == ["+0.000"] * 4
    assert call("triage", "use", "shipped").exit_code == 0
    assert here.read("Đang cháy nhà, cứu với").to_dict()["version"].endswith(shipped)
    refused = call("triage", "use", "ffffffff")
    assert (refused.exit_code, "triage models" in refused.stderr) == (1, True)
    with database.reading() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "triage_model_switched").order_by(AuditEvent.seq)
        )
        assert [(e.detail["before"], e.detail["model"]) for e in events] == [
            ("shipped", made),
            (made, made),
            (made, "shipped"),
        ]
        assert audit.verify(session).broken_seq is None
    # The tree's own model and report were not touched.
    assert classifier.fingerprint_of(classifier.shipped_content()) == shipped


def test_a_file_that_is_not_labelled_is_named(call: Call, world: World, small: Path, capfd) -> None:
    file = small.parent / "bad.jsonl"
    file.write_text('{"text": "x"}\n')
    done = call("triage", "train", str(file), "--messages", str(small), "--apply", "--yes")
    assert (done.exit_code, "training failed" in done.stderr) == (1, True)
    assert "bad.jsonl:1" in capfd.readouterr().err


def test_a_damaged_model_spoils_no_line_and_doctor_says_so(
    call: Call, settings, world: World, environ
) -> None:
    here = TriageModels(settings.data_dir)
    fingerprint = here.keep(classifier.shipped_content())
    here.switch(fingerprint)
    here.path(fingerprint).write_bytes(b"nothing")
    done = CliRunner().invoke(cli.main, ["triage"], input='{"id": 1, "text": "đang cháy nhà"}\n', env=environ)
    assert [json.loads(line)["categories"][0]["code"] for line in done.stdout.splitlines()] == ["CHAY_NO"]
    assert "shipped model reads in its place" in call("triage", "models").stderr
    assert f"✗ triage model: model.{fingerprint}.bin" in call("doctor").stdout
    here.switch("shipped")
    assert "✓ triage model: shipped" in call("doctor").stdout


@pytest.mark.parametrize("month", ["2026-13", "x", "1999-01"])
def test_a_month_that_cannot_be(call: Call, month: str) -> None:
    assert call("triage", "accuracy", "--month", month).exit_code == 2


def test_accuracy_as_json(call: Call, checked: None) -> None:
    done = call("triage", "accuracy", "--month", "2026-10", "--json")
    found = json.loads(done.stdout)
    assert found["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert found["totals"]["checked"] == 6
    assert found["totals"]["category"] == {"right": 3, "of": 4, "pct": None}
    assert len(found["months"]) == 6
    assert "category       3 of 4\n" in call("triage", "accuracy", "--month", "2026-10").stdout


@pytest.mark.parametrize(
    ("apply", "yes", "worse", "on"),
    [
        (False, False, [], False),
        (True, False, [], True),
        (True, False, ["urgent recall"], False),
        (True, True, ["urgent recall"], True),
        (False, True, [], True),
    ],
)
def test_nothing_worse_is_switched_on_by_itself(apply: bool, yes: bool, worse: list[str], on: bool) -> None:
    assert decide(apply, yes, worse) is on
