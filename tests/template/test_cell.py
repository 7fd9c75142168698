"""What may take any time and memory is evaluated elsewhere, and ended there."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pypes.errors import InvalidInput
from pypes.template import check_condition, holds, render, render_address, render_text
from pypes.template.cell import Cell, Cells, Overrun

BOMBS = [
    "{{ ([0] * 100000000)[-1] }}",
    "{{ ([0] * 100000000) == ([0] * 100000000) }}",
    "{% set n = namespace(a=[1]) %}{% for i in range(40) %}{% set n.a = n.a + n.a %}{% endfor %}{{ n.a }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ numbers | tojson(indent=100000) | length }}",
    "{{ ([([0] * 1000)] * 100000) | string | length }}",
]
CONTEXT = {"numbers": list(range(10_000)), "input": {"n": 3}}


@pytest.fixture
def cells() -> Iterator[Cells]:
    made = Cells()
    yield made
    made.close()


def longest_pause(stop: threading.Event, pauses: list[float]) -> None:
    while not stop.is_set():
        before = time.monotonic()
        time.sleep(0.001)
        pauses.append(time.monotonic() - before)


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_take_for_ever_is_ended_and_holds_nobody_up(bomb: str) -> None:
    stop, pauses = threading.Event(), [0.0]
    beside = threading.Thread(target=longest_pause, args=(stop, pauses))
    beside.start()
    try:
        with pytest.raises(InvalidInput, match="takes too much work or memory"):
            render(bomb, CONTEXT)
    finally:
        stop.set()
        beside.join()
    assert (
        max(pauses) < 2
    )  # each of these takes longer than that, and here nobody could do anything meanwhile


def test_what_took_too_much_is_refused_unasked_for_a_while(cells: Cells) -> None:
    with pytest.raises(InvalidInput, match="too much"):
        cells.evaluate("holds", "([0] * 100000000)[-1] == 1", {})
    before = time.monotonic()
    with pytest.raises(InvalidInput, match="too much"):
        cells.evaluate("holds", "([0] * 100000000)[-1] == 1", {})
    assert time.monotonic() - before < 0.2


def test_the_next_question_after_an_overrun_is_answered(cells: Cells) -> None:
    with pytest.raises(InvalidInput):
        cells.evaluate("render_text", BOMBS[0], {})
    assert cells.evaluate("render_text", "{{ 1 + 1 }}", {}) == "2"
    assert cells.evaluate("holds", "input.n * 2 == 6", CONTEXT) is True


def test_what_lies_in_the_working_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("json", "pypes"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    cell = Cell()
    try:
        assert cell.ask("render_text", "{{ 1 + 1 }}", {}) == "2"
    finally:
        cell.end()


def test_a_cell_that_dies_or_falls_silent_is_an_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pypes.template.cell.PATIENCE", 2.0)
    cell = Cell()
    try:
        assert cell.ask("render_text", "{{ 1 + 1 }}", {}) == "2"
        cell._process.send_signal(signal.SIGSTOP)
        with pytest.raises(Overrun):
            cell.ask("render_text", "{{ 1 + 1 }}", {})
        cell._process.kill()
        with pytest.raises(Overrun):
            cell.ask("render_text", "{{ 1 + 1 }}", {})
    finally:
        cell.end()


def test_secrets_are_looked_up_here_and_what_is_refused_is_told_as_it_says() -> None:
    asked = []

    def secret(reference: str) -> str:
        asked.append(reference)
        if reference == "file:none":
            raise InvalidInput("there is no secret file:none")
        return "s/e"

    context = CONTEXT | {"secret": secret}
    assert render_text("{{ secret('file:a') ~ input.n }}", context) == "s/e3"
    assert (
        render_address("http://a/{{ secret('file:b') }}/{{ 'x/' ~ input.n }}", context)
        == "http://a/s/e/x%2F3"
    )
    with pytest.raises(InvalidInput, match="there is no secret file:none"):
        render_text("{{ secret('file:none') ~ 1 }}", context)
    assert asked[0] == "file:a"
    assert "file:b" in asked


def test_values_keep_their_types_on_the_way() -> None:
    context = {"input": {"big": 2**80, "half": 0.5, "text": "ü\u2028", "none": None, "list": [1, "a"]}}
    for name, value in context["input"].items():
        assert render(f"{{{{ [input.{name}] }}}}", context) == [value]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("(input.a | nofilter) == 1", "unknown filter"),
        ("input.a + 1 is notest", "unknown test"),
        ("nofunction(1) == 1", "unknown function"),
        ("(input.a", "syntax error"),
        ("1) or (1", "syntax error"),
    ],
)
def test_conditions_ask_only_for_what_there_is(condition: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_condition(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "(input.a |  default('x(')) == 'y'",
        "input.name.startswith('Re:')",
        "input. name .startswith('|nofilter')",
        "input.n is  divisibleby(3) and (input.n + 1) in [4, 7]",
        "not(input.a)or(input.n in range(9))",
        "inputs | selectattr('n', 'gt', 1) | list | length > 0",
        "([0] * 100000000)[-1] == 0",
    ],
)
def test_a_condition_is_checked_without_being_evaluated(condition: str) -> None:
    before = time.monotonic()
    check_condition(condition)
    assert time.monotonic() - before < 2


def test_conditions_mean_the_same_in_a_cell() -> None:
    assert holds("input.n * 2 > 5", CONTEXT)
    assert not holds(
        "(input.missing.more + 1) == 2 or input.n + 1 > 9", {"input": {"n": 1, "missing": {"more": 0}}}
    )
    with pytest.raises(InvalidInput, match="invalid operation"):
        holds("input.n + 'a' == 2", CONTEXT)
