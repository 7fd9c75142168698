"""Figures: what a scenario yields, with its ratio to the floor or the peer, and what was promised."""

from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value."""

    name: str
    value: float
    unit: str = ""
    floor: float | None = None
    """The value as a multiple of the machine's own limit, measured in the same run."""
    peer: float | None = None
    """Likewise of the peer's."""
    promise: str = ""
    kept: bool | None = None


def at_most(name: str, value: float, unit: str, limit: float, floor: float | None = None) -> Figure:
    """A figure that is promised not to exceed `limit`; `floor` is the machine's own value."""
    ratio = value / floor if floor else None
    return Figure(name, value, unit, ratio, promise=f"≤ {limit:g} {unit}".rstrip(), kept=value <= limit)


def at_least(name: str, value: float, unit: str, limit: float, floor: float | None = None) -> Figure:
    """A figure that is promised to reach `limit`."""
    ratio = value / floor if floor else None
    return Figure(name, value, unit, ratio, promise=f"≥ {limit:g} {unit}".rstrip(), kept=value >= limit)


def beside(name: str, value: float, unit: str, floor: float | None, most: float | None = None) -> Figure:
    """A figure of which only its ratio to the floor may be promised."""
    ratio = value / floor if floor else None
    if most is None or ratio is None:
        return Figure(name, value, unit, ratio)
    return Figure(name, value, unit, ratio, promise=f"≤ {most:g} × floor", kept=ratio <= most)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share does not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
