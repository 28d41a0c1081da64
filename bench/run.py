"""`make bench [ONLY="speech whole_path"]`: every benchmark beside what it is compared with, each in a fresh process."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("speech", "transcriber", "processes", "whole_path")


def main(wanted: list[str]) -> None:
    unknown = set(wanted) - set(BENCHMARKS)
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    failed = []
    for name in wanted or BENCHMARKS:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"no result from {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
