"""Baseline: the ratios of earlier quick runs, and how far they lay apart: what moved more is no noise."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.figures import percentile

PATH = Path(__file__).parent / "baseline.json"
LEAST = 0.10
"""A share by which a ratio may move in any case: a few runs do not show the whole noise."""

Ratios = Mapping[str, float]


def write_baseline(runs: Sequence[Ratios], machine: Mapping[str, str]) -> None:
    """Keep the median and the extremes of every ratio."""
    ratios = {name: _spread([run[name] for run in runs if name in run]) for name in runs[0]}
    content = {"machine": machine, "runs": len(runs), "ratios": ratios}
    PATH.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def moves(ratios: Ratios) -> Iterator[str]:
    """Say what lies outside of the baseline's spread, widened by half of it at both ends."""
    if not PATH.exists():
        yield "there is no baseline yet: --baseline 5 makes one"
        return
    known = json.loads(PATH.read_text())["ratios"]
    for name, ratio in ratios.items():
        if name in known and (sentence := _move(ratio, **known[name])):
            yield f"{name}: {sentence}"


def _spread(values: list[float]) -> dict[str, float]:
    ends = {"low": min(values), "median": percentile(values, 0.5), "high": max(values)}
    return {key: round(value, 4) for key, value in ends.items()}


def _move(ratio: float, *, low: float, median: float, high: float) -> str | None:
    slack = max((high - low) / 2, LEAST * median)
    if low - slack <= ratio <= high + slack:
        return None
    change = (ratio / median - 1) * 100 if median else float("inf")
    return f"{ratio:.2f} × floor, was {median:.2f} ({low:.2f} to {high:.2f}): {change:+.0f} %"
