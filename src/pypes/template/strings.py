"""Which strings are templates, and which of those are a single expression."""

import re
from functools import lru_cache

import minijinja

from pypes.errors import InvalidInput
from pypes.template.sandbox import LONGEST_TEMPLATE, metered, run

OPENING, CLOSING = "{{", "}}"
DEEPEST = 8000
"""Operators in a template: the parser goes a step deeper for each, and its stack ends at some 16000."""
MOST_BRANCHES = 500
"""Each `elif` is a deeper step than others."""

_OPERATOR = re.compile(r"[-~+*/%|.\[(]|\b(?:not|and|or|if|is)\b")


def is_template(text: str) -> bool:
    """Tell whether a string is rendered before it is used."""
    return OPENING in text


@lru_cache(maxsize=1024)
def expression_in(text: str) -> str | None:
    """The expression, if that is all there is: `{{ input }}`, but not `{{ a }} {{ b }}` or ` {{ a }}`."""
    if not (text.startswith(OPENING) and text.endswith(CLOSING)):
        return None
    _check_size(text)
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
    _check_size(text)
    return frozenset(run(metered().undeclared_variables_in_str, text, {}))


def _check_size(text: str) -> None:
    """Refuse what would exhaust the parser's stack, which is the daemon's end; text around it counts too."""
    if len(text) > LONGEST_TEMPLATE:
        raise InvalidInput(f"a template has at most {LONGEST_TEMPLATE} characters")
    if len(text) > DEEPEST and sum(1 for _ in _OPERATOR.finditer(text)) > DEEPEST:
        raise InvalidInput(f"a template has at most {DEEPEST} operators")
    if text.count("elif") > MOST_BRANCHES:
        raise InvalidInput(f"a template has at most {MOST_BRANCHES} branches: compare with a list")
