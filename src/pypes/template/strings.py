"""Which strings are templates, and which of those are a single expression."""

from functools import lru_cache

import minijinja

from pypes.errors import InvalidInput
from pypes.template.engine import LONGEST_TEMPLATE, metered, run

OPENING, CLOSING = "{{", "}}"


def is_template(text: str) -> bool:
    """Tell whether a string is rendered before it is used."""
    return OPENING in text


@lru_cache(maxsize=1024)
def expression_in(text: str) -> str | None:
    """The expression, if that is all there is: `{{ input }}`, but not `{{ a }} {{ b }}` or ` {{ a }}`."""
    if not (text.startswith(OPENING) and text.endswith(CLOSING)):
        return None
    inner = text[2:-2].removeprefix("-").removesuffix("-")  # `{{- x -}}` takes blanks around it away
    try:
        metered().undeclared_variables_in_str(text)
        metered().undeclared_variables_in_str(in_parentheses(inner))
    except minijinja.TemplateError:
        return None
    return inner


def in_parentheses(expression: str, after: str = "") -> str:
    """Write a template that prints one expression; what is two of them cannot be read."""
    return f"{OPENING} ({expression}){after} {CLOSING}"


@lru_cache(maxsize=1024)
def names_of(text: str) -> frozenset[str]:
    """The names that a template asks for; raise `InvalidInput` when it cannot be read."""
    if len(text) > LONGEST_TEMPLATE:
        raise InvalidInput(f"a template has at most {LONGEST_TEMPLATE} characters")
    return frozenset(run(metered().undeclared_variables_in_str, text, {}))
