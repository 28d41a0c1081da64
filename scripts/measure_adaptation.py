"""Measure what `python -m speech adapt` does to the demonstration model: word error rate before and after.

Usage: python scripts/measure_adaptation.py [WEIGHT ...]   (default 0.01 0.1 0.3)

On tests/data/place_names (two provinces, each adapted to by its own names and a list of hamlets), with the error rate
of the words that are place names; and on general speech, adapted to the first province. Decoding time is that of the
process, so it may be compared on a busy machine too.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from click.testing import CliRunner  # noqa: E402
from rapidfuzz.distance import Levenshtein  # noqa: E402

from hotline.rules.gazetteer import gazetteer  # noqa: E402
from hotline.rules.speech_phrases import place_phrases, slang  # noqa: E402
from speech.cli import main as speech_cli  # noqa: E402
from speech.models import DEMO_MODEL, locate  # noqa: E402
from speech.vosk_engine import VoskEngine  # noqa: E402

DATA = ROOT / "tests" / "data"
PLACES = DATA / "place_names"
PROVINCES = {"Lâm Đồng": "hamlets_lam_dong.txt", "An Giang": "hamlets_an_giang.txt"}
GENERAL = ("voicemails", "voicemails_heldout")


@dataclass
class Tally:
    """Words, and errors in them; of place names by themselves."""

    words: int = 0
    errors: int = 0
    name_words: int = 0
    name_errors: int = 0
    cpu_s: float = 0.0

    def add(self, engine: VoskEngine, folder: Path, entry: dict[str, Any]) -> None:
        start = time.process_time()
        heard = spoken_words(engine.transcribe(folder / entry["file"]).text)
        self.cpu_s += time.process_time() - start
        said = spoken_words(entry.get("transcript") or entry["text"])
        edits = Levenshtein.editops(said, heard)
        names = name_positions(said, entry.get("places", []))
        self.words += len(said)
        self.errors += len(edits)
        self.name_words += len(names)
        self.name_errors += len({edit.src_pos for edit in edits if edit.tag != "insert"} & names)

    def __str__(self) -> str:
        shown = f"{self.errors}/{self.words} {self.errors / self.words:.1%}"
        if self.name_words:
            shown += f", names {self.name_errors}/{self.name_words} {self.name_errors / self.name_words:.1%}"
        return f"{shown} ({self.cpu_s:.1f} s)"


def spoken_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def name_positions(said: list[str], places: list[str]) -> set[int]:
    found = set()
    for place in places:
        words = spoken_words(place)
        starts = (at for at in range(len(said)) if said[at : at + len(words)] == words)
        found.update(range(start := next(starts), start + len(words)))
    return found


def adapted(province: str, weight: float, models_dir: Path) -> VoskEngine:
    communes = {commune.code for commune in gazetteer().communes if commune.province == province}
    phrases = models_dir.parent / f"{province}.txt"
    phrases.write_text("\n".join([*place_phrases(communes), *slang()]), "utf-8")
    arguments = ["adapt", str(phrases), str(PLACES / PROVINCES[province]), "--weight", str(weight)]
    done = CliRunner().invoke(
        speech_cli, [*arguments, "--model", str(DEMO_MODEL), "--models-dir", str(models_dir)]
    )
    if done.exit_code:
        sys.exit(done.output)
    return VoskEngine.load(locate(None, models_dir))


def report(label: str, engines: dict[str, VoskEngine]) -> None:
    print(label)
    entries = json.loads((PLACES / "place_names.json").read_text("utf-8"))
    for province, engine in engines.items():
        tally = Tally()
        for entry in entries:
            if entry["province"] == province:
                tally.add(engine, PLACES, entry)
        print(f"  {province:<20} {tally}", flush=True)
    for name in GENERAL:
        tally = Tally()
        for entry in json.loads((DATA / name / "voicemails.json").read_text("utf-8")):
            tally.add(next(iter(engines.values())), DATA / name, entry)
        print(f"  {name:<20} {tally}", flush=True)


if __name__ == "__main__":
    weights = [float(argument) for argument in sys.argv[1:]] or [0.01, 0.1, 0.3]
    base = VoskEngine.load(DEMO_MODEL)
    report("as it comes", dict.fromkeys(PROVINCES, base))
    with tempfile.TemporaryDirectory() as temporary:
        for weight in weights:
            made = {name: adapted(name, weight, Path(temporary) / "models") for name in PROVINCES}
            report(f"--weight {weight}", made)
