"""In CI a skip fails the run, wherever it comes from; also where the tests run in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPS = {
    "call": "import pytest\ndef test_it(): pytest.skip('no browser')\n",
    "mark": "import pytest\n@pytest.mark.skip(reason='no browser')\ndef test_it(): ...\n",
    "module": "import pytest\npytest.skip('no browser', allow_module_level=True)\n",
}
RUN = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", "-c", os.devnull, "-n", "1"]


@pytest.mark.parametrize(
    ("strict", "status", "counted"),
    [
        ("0", pytest.ExitCode.OK, "1 passed, 3 skipped"),
        # A mark fails the setting up of its test, and a module that skips itself its collection.
        ("1", pytest.ExitCode.TESTS_FAILED, "1 failed, 1 passed, 2 errors"),
    ],
)
def test_a_skip_fails_in_ci_and_nowhere_else(tmp_path, strict, status, counted):
    for name, skip in SKIPS.items():
        (tmp_path / f"test_{name}.py").write_text(skip)
    (tmp_path / "test_other.py").write_text("def test_other(): ...\n")
    done = subprocess.run(
        [*RUN, str(tmp_path)], cwd=ROOT, env=os.environ | {"HOTLINE_NO_SKIPS": strict},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, counted in done.stdout) == (status, True), done.stdout
