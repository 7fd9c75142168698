"""Report: one table, printed as figures come, and one JSON file."""

import json
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure

RESULTS = Path(__file__).parent / "results"
_LINE = "{:<52} {:>12} {:<10} {:>8} {:>8}  {:<14} {}"


class Report:
    """What one run found."""

    def __init__(self, machine: dict[str, str], *, quick: bool) -> None:
        self.machine = machine
        self.quick = quick
        self.figures: dict[str, Figure] = {}
        """By scenario and name."""

    def open(self) -> None:
        """Say on what is measured, and what the columns are."""
        for key, value in self.machine.items():
            print(f"{key}: {value}")
        print()
        print(_LINE.format("figure", "value", "", "× floor", "× peer", "promised", ""))

    def add(self, scenario: str, figure: Figure) -> None:
        """Take a figure, and print its line."""
        name = f"{scenario} · {figure.name}"
        self.figures[name] = figure
        verdict = {None: "", True: "kept", False: "MISSED"}[figure.kept]
        floor, peer = _ratio(figure.floor), _ratio(figure.peer)
        line = _LINE.format(name, _short(figure.value), figure.unit, floor, peer, figure.promise, verdict)
        print(line.rstrip(), flush=True)

    @property
    def ratios(self) -> dict[str, float]:
        """What can be compared with another run, on another day or machine."""
        return {name: each.floor for name, each in self.figures.items() if each.floor is not None}

    @property
    def missed(self) -> list[str]:
        """Promises that were not kept."""
        return [name for name, each in self.figures.items() if each.kept is False]

    def save(self) -> Path:
        """Write everything as JSON; the file's name is the moment."""
        RESULTS.mkdir(exist_ok=True)
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
        path = RESULTS / f"{moment}{'-quick' if self.quick else ''}.json"
        figures = {name: each._asdict() for name, each in self.figures.items()}
        content = {"machine": self.machine, "quick": self.quick, "figures": figures}
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        return path


def _short(value: float) -> str:
    """Three digits say enough."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"
