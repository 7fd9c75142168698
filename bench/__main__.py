"""`python -m bench [--quick] [scenario …]`."""

import argparse
import importlib

from bench.arrivals import Receiver
from bench.context import Bench

SCENARIOS = ("limits", "crash", "reposts", "lateness", "sustained")


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything in under two minutes")
    parser.add_argument("scenario", nargs="*", help=", ".join(SCENARIOS))
    given = parser.parse_args()
    with Receiver() as receiver:
        bench = Bench(receiver, given.quick)
        for name in given.scenario or SCENARIOS:
            for figure in importlib.import_module(f"bench.scenarios.{name}").measure(bench):
                print(name, figure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
