"""The command line: parse, one call, print.

::

    start, stop, status, logs, agents, agent, runs …    one file per noun: parse, one call, print
    root.py      which command lives in which file      exits.py   what went wrong → exit code
    client.py    the one way to the API: the daemon's (remote.py), or the same one without a daemon (local.py)
    output.py    results to stdout, prose to stderr
"""

import os
import sys

from pypes.cli.exits import guarded
from pypes.cli.root import root


def main() -> None:
    """Run the command that was typed, and leave with its exit code."""
    for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
        if getattr(sys, name) is None:  # closed by the caller: `pypes ls >&-`
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - for as long as we run
    os.umask(0o077)  # whatever is made is for its owner alone, and for its owner
    sys.exit(guarded(root, sys.argv[1:]))
