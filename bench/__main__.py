"""`python -m bench`: prints what bench/README.md lists, as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import bytes_sent, forms, growth, pushing, running
from bench.ground import Figures, Ground
from bench.interviews import NoWorkload, form, workload

ROWS: dict[str, Callable[[Ground], Figures]] = {
    "bulk": pushing.bulk,
    "single": pushing.singles,
    "latency": pushing.latency,
    "bytes": bytes_sent.sizes,
    "pull": growth.pulls,
    "view": growth.view,
    "fold": growth.folds,
    "memory": growth.memory,
    "forms": forms.forms,
}
_QUICK_INTERVIEWS, _INTERVIEWS = 1_000, 5_000
_WORKLOAD = running.ROOT.parent / "shared" / "bench" / "workload.py"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="See bench/README.md.")
    parser.add_argument("--rows", nargs="+", choices=sorted(ROWS), default=list(ROWS), metavar="ROW")
    parser.add_argument("--quick", action="store_true", help="rough figures in a few minutes")
    parser.add_argument("--interviews", type=int, help="how many are pushed in bulk")
    parser.add_argument("--check", action="store_true", help="exit 1 where a limit is missed")
    parser.add_argument(
        "--workload", type=Path, default=Path(os.environ.get("BENCH_WORKLOAD", _WORKLOAD)), metavar="FILE"
    )
    options = parser.parse_args()
    try:
        generator = workload(options.workload)
    except NoWorkload as missing:
        print(missing, file=sys.stderr)
        return 2
    if {"bulk", "forms"} & set(options.rows):
        running.install_packages(running.HERE)
    count = options.interviews or (_QUICK_INTERVIEWS if options.quick else _INTERVIEWS)
    ground = Ground(generator, form(generator), count, options.quick)
    figures: Figures = {}
    for name in options.rows:
        started = time.monotonic()
        figures |= ROWS[name](ground)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    missed = [name for name, row in figures.items() if not row["met"]]
    about = {"interviews": count, "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    print(json.dumps({"about": about, "rows": figures, "missed": missed}, indent=2, ensure_ascii=False))
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
