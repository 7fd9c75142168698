"""The command line: parse, one call, print.

::

    start, stop, status, logs, agents, agent, runs …    one file per noun: parse, one call, print
    root.py      which command lives in which file      exits.py   what went wrong → exit code
    client.py    the one way to the API: the daemon's (remote.py), or the same one without a daemon (local.py)
    output.py    results to stdout, prose to stderr
"""

import sys

from pypes.cli.exits import guarded
from pypes.cli.root import root


def main() -> None:
    """Run the command that was typed, and leave with its exit code."""
    sys.exit(guarded(root, sys.argv[1:]))
