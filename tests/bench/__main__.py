"""`python -m tests.bench [NAME…]`: run the benchmarks and print every figure beside its goal.

Without names all of them. MISSIVE_BENCH_SIZE=2000 runs the pull on a smaller mailbox, for a look.
"""

from __future__ import annotations

import os
import sys

from tests.bench import pull, reading, search, team, window
from tests.bench.report import Report


def main(names: list[str]) -> int:
    size = int(os.environ.get("MISSIVE_BENCH_SIZE", "20000"))
    large = int(os.environ.get("MISSIVE_BENCH_LARGE", "100000"))
    benchmarks = {
        "pull": lambda report: pull.run(report, size),
        "search": lambda report: search.run(report, large),
        "window": lambda report: window.run(report, large),
        "reading": reading.run,
        "team": team.run,
    }
    unknown = set(names) - set(benchmarks)
    if unknown:
        print(f"there is no benchmark {', '.join(unknown)}: {', '.join(benchmarks)}")
        return 2
    report = Report()
    for name in names or list(benchmarks):
        print(f"# {name}", flush=True)
        benchmarks[name](report)
    for figure in report.missed:
        print(f"missed: {figure.name}: {figure.value:.3g} {figure.unit}, goal {figure.goal:g}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
