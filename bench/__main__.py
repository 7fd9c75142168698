"""Measure what is promised about speed and exactness, beside the machine's own limits and a peer.

Everything happens on the loopback and in temporary folders; nothing is left behind.
"""

import argparse
import importlib
import signal
import sys
import time
from collections.abc import Sequence

from bench.arrivals import Receiver
from bench.baseline import moves, write_baseline
from bench.context import Bench
from bench.machine import describe
from bench.report import Report

SCENARIOS = (
    "sabotage",
    "limits",
    "sender",
    "peers",
    "crash",
    "reposts",
    "lateness",
    "spread",
    "receivers",
    "sustained",
    "stored",
    "inputs",
    "growth",
    "cluster",
    "cli",
    "viewers",
)

WHOLE_ONLY = {"growth", "cluster", "viewers"}
"""They take long, or need a database server or a browser: only a whole run, or their name, includes them."""


def main() -> int:
    """Run; 1 when a promise was missed."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        reports = [_run(given.scenario, quick=given.quick) for _ in range(given.baseline or 1)]
    except KeyboardInterrupt:
        return 130
    if given.baseline:
        write_baseline([report.ratios for report in reports], reports[0].machine)
    elif given.quick:
        _compare(reports[0])
    return 1 if any(report.missed for report in reports) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, and a comparison")
    parser.add_argument("--baseline", type=int, metavar="N", help="make a new baseline of N quick runs")
    parser.add_argument("scenario", nargs="*", help=f"all, or any of: {', '.join(SCENARIOS)}")
    given = parser.parse_args()
    unknown = set(given.scenario) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    given.quick = given.quick or given.baseline is not None
    return given


def _run(names: Sequence[str], *, quick: bool) -> Report:
    begun = time.monotonic()
    report = Report(describe(), quick=quick)
    report.open()
    with Receiver() as receiver:
        bench = Bench(receiver, quick)
        for name in names or _unnamed(quick=quick):
            started = time.monotonic()
            for figure in importlib.import_module(f"bench.scenarios.{name}").measure(bench):
                report.add(name, figure)
            bench.note(f"{name} took {time.monotonic() - started:.0f} s")
    print(f"\n{time.monotonic() - begun:.0f} s; all of it is in {report.save().name}")
    for name in report.missed:
        print(f"missed: {name}")
    return report


def _unnamed(*, quick: bool) -> list[str]:
    return [name for name in SCENARIOS if not (quick and name in WHOLE_ONLY)]


def _compare(report: Report) -> None:
    found = list(moves(report.ratios))
    print("\nbeside the baseline:", *(found or ["nothing moved by more than the noise"]), sep="\n  ")


if __name__ == "__main__":
    raise SystemExit(main())
