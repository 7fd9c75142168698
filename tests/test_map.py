"""ARCHITECTURE.md is true: what it names is there, and every arrow between the states of a run is on it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "pypes"
QUERIES = SOURCE / "store" / "queries"
MAP = (ROOT / "ARCHITECTURE.md").read_text()

ROOMS = {path.name for path in SOURCE.iterdir() if path.is_dir()} | {"docs", "tests", "bench"}
PATHS = sorted(set(re.findall(rf"\b(?:{'|'.join(ROOMS)})/[a-z_/]*(?:\.\w+)?", MAP)))
STATES = MAP.partition("## States of a run")[2].partition("\n## ")[0]


@pytest.mark.parametrize("path", PATHS)
def test_what_the_map_names_is_there(path: str) -> None:
    if not any(each.exists() for each in (ROOT / path, SOURCE / path, SOURCE / f"{path}.py")):
        module, _, thing = path.partition(".")  # what stands in a module: `engine/scheduler.tick`
        assert re.search(rf"\b(?:def|class) {thing}\b", (SOURCE / f"{module}.py").read_text())


def test_every_statement_that_changes_the_state_of_a_run_is_an_arrow_on_the_map() -> None:
    changing = re.compile(r"(?:UPDATE runs\s+SET|INSERT INTO runs)(?:(?!WHERE).)*\bstate\b", re.DOTALL)
    arrows = {path.stem for path in QUERIES.glob("*.sql") if changing.search(path.read_text())}
    assert len(arrows) > 10
    assert not sorted(name for name in arrows if not re.search(rf"\b{name}\b", STATES))
