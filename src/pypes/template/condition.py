"""Conditions: expressions of which only the truth counts.

A name that is not defined, at any depth, counts as false.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import minijinja

from pypes.errors import InvalidInput
from pypes.template.cell import evaluate
from pypes.template.plain import is_plain_condition
from pypes.template.sandbox import Context, sentence
from pypes.template.strings import OPENING

FUEL = 100_000
"""Instructions that one evaluation may take."""
LONGEST = 4096
"""Characters of an expression."""

_STRINGS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_FILTERS = re.compile(r"\|\s*([A-Za-z_]\w*)")
_TESTS = re.compile(r"\bis\s+(?:not\s+)?([A-Za-z_]\w*)")
_NO_FUNCTIONS = re.compile(rf"{_FILTERS.pattern}|{_TESTS.pattern}|\.\s*\w+")
_FUNCTIONS = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WORDS = {"and", "or", "not", "in", "is", "if", "else"}
_REFUSED = {"UnknownFilter", "UnknownFunction", "UnknownTest"}
"""Mistakes that no context could mend."""


@lru_cache(maxsize=1)
def _conditions() -> minijinja.Environment:
    return minijinja.Environment(undefined_behavior="chainable", fuel=FUEL)


def holds(expression: str, context: Context) -> bool:
    """Evaluate a condition; raise `InvalidInput` when it cannot be (`1 + 'a'`, too much work)."""
    if is_plain_condition(expression):
        return holds_here(expression, context)
    return bool(evaluate("holds", expression, context))


def holds_here(expression: str, context: Context) -> bool:
    """The same in this process, whatever it takes."""
    try:
        return not _conditions().eval_expr(_negated(expression), **context)
    except minijinja.TemplateError as error:
        raise InvalidInput(sentence(error)) from None


def check_condition(expression: str) -> None:
    """Raise `InvalidInput` when a condition cannot be read."""
    if len(expression) > LONGEST:
        raise InvalidInput(f"a condition has at most {LONGEST} characters")
    if OPENING in expression:
        raise InvalidInput("a condition is an expression without braces: input.kind == 'email'")
    try:
        _conditions().undeclared_variables_in_str(f"{{{{ {expression} }}}}")
        _conditions().undeclared_variables_in_str(f"{{{{ {_negated(expression)} }}}}")
    except minijinja.TemplateError as error:
        raise InvalidInput(sentence(error)) from None
    for probe in _probes(expression):
        _check_known(probe)


def _probes(expression: str) -> Iterator[str]:
    """Expressions that ask next to nothing of each filter, test and function of a condition."""
    code = _STRINGS.sub("''", expression)
    yield from (f"0|{name}" for name in _FILTERS.findall(code))
    yield from (f"0 is {name}" for name in _TESTS.findall(code) if name != "not")
    yield from (
        f"{name}()" for name in _FUNCTIONS.findall(_NO_FUNCTIONS.sub("''", code)) if name not in _WORDS
    )


def _check_known(probe: str) -> None:
    try:
        _conditions().eval_expr(probe)
    except minijinja.TemplateError as error:
        if error.kind in _REFUSED:
            raise InvalidInput(sentence(error)) from None


def _negated(expression: str) -> str:
    """Ask for a truth value, so that a large value is never handed to Python."""
    return f"not ({expression})"
