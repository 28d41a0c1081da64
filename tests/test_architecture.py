"""What the shape of the program promises, beyond the import contracts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workers import jobs

ROOT = Path(__file__).parents[1]
PACKAGES = ("hotline", "speech", "workers", "admin")
LONGEST_MODULE = 340  # lines; near 300 a module is split
# Reached without a session: signed, guarded by a token of their own, the simulator of a machine without a provider.
PUBLIC = {"/", "/healthz", "/readyz", "/admin/login", "/admin/static/<path:filename>"}
GUARDED_OTHERWISE = ("/twilio/", "/metrics", "/simulator/twilio/", "/phone")


def modules() -> list[Path]:
    return [
        path
        for name in PACKAGES
        for path in sorted((ROOT / name).rglob("*.py"))
        if "migrations/versions" not in str(path)
    ]


def test_the_web_process_never_loads_the_speech_engine(environ, world):
    code = (
        "import sys; from hotline.app import create_app; app = create_app()\n"
        "app.test_client().get('/admin/login'); app.test_client().get('/healthz')\n"
        "print([name for name in ('vosk', 'speech', 'workers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_every_job_that_is_enqueued_exists():
    source = (ROOT / "hotline" / "queue.py").read_text()
    named = re.findall(r'"workers\.jobs\.(\w+)"', source)
    assert len(named) == source.count("self._enqueue(") > 0
    assert [name for name in named if not callable(getattr(jobs, name, None))] == []


@pytest.mark.parametrize(
    "path", [path for path in modules() if path.read_text().count("\n") > LONGEST_MODULE - 50], ids=str
)
def test_no_module_is_longer_than_one_reads(path):
    assert path.read_text().count("\n") <= LONGEST_MODULE


def test_importing_a_module_does_nothing():
    """No module reads the environment, opens a file or connects while it is imported (gunicorn's settings must)."""
    calls = {"open", "read_text", "from_env", "connect", "create_engine", "getenv"}
    guilty = []
    for path in modules():
        if path.name in ("gunicorn_conf.py", "__main__.py", "env.py"):
            continue
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
                continue
            for node in ast.walk(statement):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    guilty += [f"{path}:{node.lineno} {name}"] if name in calls else []
    assert guilty == []


def test_every_page_that_is_not_public_asks_for_a_sign_in(client, database):
    seen = 0
    for rule in client.application.url_map.iter_rules():
        if rule.rule in PUBLIC or rule.rule.startswith(GUARDED_OTHERWISE):
            continue
        blank = "00000000-0000-0000-0000-000000000001"
        address = re.sub(r"<(?:\w+:)?\w+>", blank, rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(address, method=method)
            refused = answer.status_code in (401, 403) or (
                answer.status_code == 302 and answer.location.startswith("/admin/login")
            )
            # A form without its token is refused before anybody asks who sent it.
            assert refused or (method == "POST" and answer.status_code == 400), (
                method,
                address,
                answer.status_code,
            )
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("prefix", [p for p in GUARDED_OTHERWISE if p != "/phone"])
def test_what_is_guarded_otherwise_is_guarded(client, prefix):
    for rule in client.application.url_map.iter_rules():
        if rule.rule.startswith(prefix) and not rule.rule.startswith("/simulator/twilio/storage/"):
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                address = re.sub(r"<(?:[^:>]+:)?\w+>", "x", rule.rule)
                assert client.open(address, method=method).status_code in (401, 403, 404), (method, address)
