"""The sandbox: its environments, its limits, and what its mistakes are called.

Every template is evaluated twice: first with what minijinja itself brings, where each character of output
costs fuel, then with what is ours. Values that take no fuel until somebody looks at them (`[1] * 3000000`) so
run out of it before they are handed to Python.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import minijinja

from pypes.errors import InvalidInput

Context = Mapping[str, Any]
"""What a template may speak about, by name."""

FUEL = 1_000_000
"""Instructions, and characters of rendered values, that one template may take: 0.05 s at most."""
LONGEST_TEMPLATE = 65_536
"""Characters of one template."""
LONGEST_OUTPUT = 1_000_000
"""Characters that one template may render."""


@lru_cache(maxsize=1)
def metered() -> minijinja.Environment:
    """Evaluate with minijinja's own means only."""
    return minijinja.Environment(undefined_behavior="strict", fuel=FUEL, keep_trailing_newline=True)


@lru_cache(maxsize=1)
def texts() -> minijinja.Environment:
    """Render text: what is not text is written as JSON."""
    return writing(as_text)


def writing(finalizer: Callable[[Any], str]) -> minijinja.Environment:
    """Render with our own means; `finalizer` writes each value that an expression gives."""
    return minijinja.Environment(
        undefined_behavior="strict",
        fuel=FUEL,
        keep_trailing_newline=True,
        filters={"tojson": to_json},
        finalizer=finalizer,
    )


def run(evaluate: Callable[..., Any], text: str, context: Context) -> Any:
    """Evaluate, and turn minijinja's mistakes into sentences."""
    try:
        return evaluate(text, **context)
    except minijinja.TemplateError as error:
        raise InvalidInput(sentence(error)) from None
    except (OverflowError, RecursionError, UnicodeError, ValueError) as error:
        raise InvalidInput(f"a value cannot be used here: {error}") from None


def sentence(error: minijinja.TemplateError) -> str:
    """The first line of what minijinja says, without its own names for places."""
    return str(error).splitlines()[0].partition(" (in ")[0]


def to_json(value: Any, indent: int | None = None) -> str:
    """Write a value as JSON, compact unless indented; unlike minijinja's own, without HTML's escapes."""
    separators = (",", ":") if indent is None else None
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)


def as_text(value: Any) -> str:
    """Text as it is, everything else as JSON: true, not True."""
    return value if isinstance(value, str) else to_json(value)


def plain(value: Any) -> Any:
    """Return a value as plain JSON; what is none (a function, infinity) is refused."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        return {_key(key): plain(member) for key, member in value.items()}
    if isinstance(value, Iterable):
        return [plain(member) for member in value]
    raise InvalidInput(f"an expression gives {'a function' if callable(value) else 'something'}, not JSON")


def _key(key: Any) -> str:
    return key if isinstance(key, str) else to_json(key)
