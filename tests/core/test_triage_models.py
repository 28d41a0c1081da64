"""Which model reads messages: switched on, noticed, kept, and done without when it is damaged."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import hotline
from hotline.errors import BadConfiguration, NotFound
from hotline.rules import classifier
from hotline.rules.triage import version
from hotline.triage_models import TriageModels

FIRE = "đang cháy nhà ở chợ, cứu với"
# Too long for the rules to decide alone.
THEFT = (
    "Sáng nay tôi ra sau nhà cho gà ăn thì thấy chuồng trống trơn, gần chục con gà đâu mất sạch, khóa chuồng bị bẻ, "
    "hàng xóm cũng nói nhà họ mất mấy con vịt từ tuần trước"
)


@cache
def another(bias: float = 9.0) -> bytes:
    """The shipped model with one thing changed: everything is arson and fire to it."""
    raw = zlib.decompress(classifier.shipped_content())
    head, _, rest = raw.partition(b"\n")
    about = json.loads(head)
    about["biases"][about["labels"].index("CHAY_NO")] += bias
    return zlib.compress(json.dumps(about).encode() + b"\n" + rest, 1)


@pytest.fixture
def models(tmp_path: Path) -> Iterator[TriageModels]:
    yield TriageModels(tmp_path)
    classifier.use(None)


def first(models: TriageModels) -> str:
    return models.read(THEFT).categories[0].code


def test_a_model_is_switched_on_noticed_and_switched_back(models: TriageModels) -> None:
    others = TriageModels(models.data_dir)
    shipped = version()
    assert first(models) == "TROM_CAP"
    fingerprint = models.keep(another())
    assert (first(others), models.chosen()) == ("TROM_CAP", "shipped")
    assert models.switch(fingerprint) == "shipped"
    assert (first(others), version()) == ("CHAY_NO", f"{shipped.partition('+')[0]}+{fingerprint}")
    # The one that was left is kept beside it, and none can be read by others.
    kept = {known.fingerprint: known.in_use for known in models.known()}
    assert kept == {shipped.partition("+")[2]: False, fingerprint: True}
    assert {stat.S_IMODE(path.stat().st_mode) for path in models.folder.iterdir()} == {0o600}
    assert models.switch("shipped") == fingerprint
    assert (first(others), version()) == ("TROM_CAP", shipped)


def test_a_file_that_changes_in_place_is_read_again(models: TriageModels) -> None:
    fingerprint = models.keep(another())
    models.switch(fingerprint)
    assert first(models) == "CHAY_NO"
    models.path(fingerprint).write_bytes(another(-9.0))
    assert first(models) == "TROM_CAP"


@pytest.mark.parametrize("harm", ["missing", "cut", "empty", "text", "labels"])
def test_a_damaged_model_stops_nothing(models: TriageModels, harm: str) -> None:
    fingerprint = models.keep(another())
    models.switch(fingerprint)
    path = models.path(fingerprint)
    whole = zlib.decompress(path.read_bytes())
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(
            {
                "cut": path.read_bytes()[:-20],
                "empty": b"",
                "text": zlib.compress(b'["no model"]\n'),
                "labels": zlib.compress(whole.replace(b'"CHAY_NO"', b'"CHAY_MO"', 1)),
            }[harm]
        )
    with capture_logs() as logged:
        assert first(models) == "TROM_CAP"
    assert [(entry["event"], entry["model"]) for entry in logged] == [("triage_model_unusable", fingerprint)]
    assert models.trouble()
    if harm != "missing":
        with pytest.raises(BadConfiguration):
            models.switch(fingerprint)


@pytest.mark.parametrize("name", ["ffffffff", "../../etc/passwd", ""])
def test_only_models_that_are_here_are_switched_on(models: TriageModels, name: str) -> None:
    with pytest.raises(NotFound):
        models.switch(name)
    assert models.chosen() == "shipped"


def test_what_cannot_be_a_model_is_not_kept(models: TriageModels) -> None:
    with pytest.raises(ValueError, match="damaged"):
        models.keep(b"no model")
    assert not models.folder.exists()


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_without_any_model_the_rules_read_alone(tmp_path: Path, harm: str) -> None:
    """The program as installed, with its model file broken."""
    shutil.copytree(
        Path(hotline.__file__).parent, tmp_path / "hotline", ignore=shutil.ignore_patterns("demo", "*.pyc")
    )
    path = tmp_path / "hotline" / "data" / classifier.MODEL
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:1000])
    texts = (FIRE, "Nhà bà Tư tối nào cũng đánh bạc", "trời hôm nay đẹp", "làm căn cước cần giấy tờ gì")
    done = subprocess.run(
        [sys.executable, "-m", "hotline", "triage"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path), "DATA_DIR": str(tmp_path / "var")},
        input="\n".join(json.dumps({"id": n, "text": text}) for n, text in enumerate(texts)),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["categories"][0]["code"], r["urgent"], r["is_tip"]) for r in read] == [
        ("CHAY_NO", True, True),
        ("DANH_BAC", False, True),
        ("KHAC", False, True),
        ("HANH_CHINH", False, False),
    ]
    assert read[0]["emergency"] == ["114"]
    assert read[1]["categories"][0]["evidence"][0]["text"] == "đánh bạc"
    assert all(r["version"].endswith("+rules") for r in read)
