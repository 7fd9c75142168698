"""Machine: what the figures were measured on; without it they say nothing."""

import os
import platform
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from bench.figures import percentile

SYNCS = 50


def describe() -> dict[str, str]:
    """Everything that moves the figures, in words."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": f"{_cpu()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "pypes": _commit(),
        "one fdatasync": f"{fdatasync_cost():.0f} µs",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def fdatasync_cost() -> float:
    """Microseconds that it takes to have 4 KB on disk, where temporary files are; the median."""
    costs = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            os.pwrite(file.fileno(), os.urandom(4096), 0)
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            costs.append((time.perf_counter() - begun) * 1e6)
    return percentile(costs, 0.5)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    """The commit of the pypes that is imported, which need not be the one beside this bench."""
    package = find_spec("pypes")
    if package is None or package.origin is None:
        return "not installed"
    command = ["git", "describe", "--always", "--dirty"]
    folder = Path(package.origin).parent
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "not from a repository"
