"""Numbers and lists as people say them."""

from collections.abc import Callable, Sequence
from itertools import pairwise


def listed(words: Sequence[str]) -> str:
    """Join words: `a`, `a and b`, `a, b and c`."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def spelt(numbers: Sequence[int], name: Callable[[int], str] = str) -> str:
    """Spell ascending numbers, three and more neighbours as `a through b`."""
    return listed([part for run in _runs(numbers) for part in _spelt_run(run, name)])


def regular_step(numbers: Sequence[int]) -> int | None:
    """Give the step of a regular row of at least four numbers; None for neighbours and for any other row."""
    steps = {after - before for before, after in pairwise(numbers)}
    return steps.pop() if len(numbers) > 3 and len(steps) == 1 and steps != {1} else None


def ordinal(number: int) -> str:
    """Give `1st`, `2nd`, `3rd`, `4th`, and so on."""
    teen = 10 < number % 100 < 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _spelt_run(run: list[int], name: Callable[[int], str]) -> list[str]:
    if len(run) > 2:
        return [f"{name(run[0])} through {name(run[-1])}"]
    return [name(number) for number in run]
