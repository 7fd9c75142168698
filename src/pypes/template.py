"""Conditions: expressions over what an agent knows, evaluated in a sandbox (minijinja).

A name that is not defined, at any depth, counts as false; what an expression gives is judged by its truth.
"""

from functools import lru_cache
from typing import Any

import minijinja

from pypes.errors import InvalidInput

FUEL = 100_000
"""Instructions that one evaluation may take."""
LONGEST = 4096
"""Characters of an expression."""


_REFUSED = {"SyntaxError", "UnknownFilter", "UnknownFunction", "UnknownTest"}
"""Mistakes that no context could mend."""


@lru_cache(maxsize=1)
def _conditions() -> minijinja.Environment:
    return minijinja.Environment(undefined_behavior="chainable", fuel=FUEL)


def holds(expression: str, context: dict[str, Any]) -> bool:
    """Evaluate a condition; raise `InvalidInput` when it cannot be (`1 + 'a'`, too much work)."""
    try:
        return bool(_conditions().eval_expr(expression, **context))
    except minijinja.TemplateError as error:
        raise InvalidInput(_sentence(error)) from None


def check_condition(expression: str) -> None:
    """Raise `InvalidInput` when a condition cannot be read."""
    if len(expression) > LONGEST:
        raise InvalidInput(f"a condition has at most {LONGEST} characters")
    try:
        _conditions().eval_expr(expression)
    except minijinja.TemplateError as error:
        if error.kind in _REFUSED:
            raise InvalidInput(_sentence(error)) from None


def _sentence(error: minijinja.TemplateError) -> str:
    """The first line of what the engine says, without its own names for places."""
    return str(error).splitlines()[0].partition(" (in ")[0]
