"""In CI a skip fails the run, wherever it comes from."""

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


@pytest.mark.parametrize("skip", SKIPS)
def test_a_skip_fails_in_ci_and_nowhere_else(tmp_path, skip):
    (tmp_path / "test_skipped.py").write_text(SKIPS[skip] + "def test_other(): ...\n" * (skip != "module"))
    statuses = []
    for strict in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-rs", "-p", "tests.no_skips", "-c", os.devnull, str(tmp_path)],
            cwd=ROOT,
            env=os.environ | {"HOTLINE_NO_SKIPS": strict},
            capture_output=True,
            text=True,
        )
        assert "no browser" in done.stdout
        statuses.append(done.returncode in (0, pytest.ExitCode.NO_TESTS_COLLECTED))
    assert statuses == [True, False]
