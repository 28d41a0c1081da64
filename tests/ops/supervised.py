"""A supervisor of tiny programs, run as a process by test_supervisor.py: NAME=SCRIPT arguments, a stage each."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hotline.supervisor import Program, Supervisor


def program(argument: str) -> Program:
    name, _, script = argument.partition("=")
    ready = (lambda: Path(f"{name}.ready").exists()) if name.startswith("slow") else None
    return Program(name, [sys.executable, "-S", "-c", script], ready, quiet=name.startswith("quiet"))


Supervisor(
    [[program(argument)] for argument in sys.argv[1:]],
    environ=os.environ,
    on_ready=lambda: print("all ready", flush=True),
    grace_s=1.0,
).run()
