"""Conditions: expressions of which only the truth counts.

A name that is not defined, at any depth, counts as false.
"""

from functools import lru_cache

import minijinja

from pypes.errors import InvalidInput
from pypes.template.engine import Context, sentence
from pypes.template.strings import OPENING

FUEL = 100_000
"""Instructions that one evaluation may take."""
LONGEST = 4096
"""Characters of an expression."""

_REFUSED = {"SyntaxError", "UnknownFilter", "UnknownFunction", "UnknownTest"}
"""Mistakes that no context could mend."""


@lru_cache(maxsize=1)
def _conditions() -> minijinja.Environment:
    return minijinja.Environment(undefined_behavior="chainable", fuel=FUEL)


def holds(expression: str, context: Context) -> bool:
    """Evaluate a condition; raise `InvalidInput` when it cannot be (`1 + 'a'`, too much work)."""
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
        _conditions().eval_expr(_negated(expression))
    except minijinja.TemplateError as error:
        if error.kind in _REFUSED:
            raise InvalidInput(sentence(error)) from None


def _negated(expression: str) -> str:
    """Ask for a truth value, so that a large value is never handed to Python."""
    return f"not ({expression})"
