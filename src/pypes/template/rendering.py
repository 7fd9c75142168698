"""Rendering: strings with expressions in them become values; all other JSON stays byte for byte."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from pypes.errors import InvalidInput
from pypes.template.cell import evaluate
from pypes.template.plain import is_plain
from pypes.template.sandbox import LONGEST_OUTPUT, Context, metered, plain, run, texts, to_json
from pypes.template.strings import OPENING, expression_in, in_parentheses, is_template

MOST_STRINGS = 20
"""With more to render in one text, that is not cheap."""

_STRING = re.compile(r'("(?:[^"\\]++|\\.)*+")(\s*+:)?', re.DOTALL)
"""A JSON string, and the colon that makes it a key."""


def render(value: Any, context: Context) -> Any:
    """Render every template in a JSON value; raise `InvalidInput` for the first that cannot be."""
    return json.loads(render_json(json.dumps(value, ensure_ascii=False), context))


def render_text(text: str, context: Context) -> str:
    """Render a string to a string: values that are not text are written as JSON."""
    if not is_template(text):
        return text
    return render_text_here(text, context) if is_plain(text) else str(evaluate("render_text", text, context))


def render_text_here(text: str, context: Context) -> str:
    """The same in this process, whatever it takes."""
    run(metered().render_str, text, context)
    rendered: str = run(texts().render_str, text, context)
    if len(rendered) > LONGEST_OUTPUT:
        raise InvalidInput(f"a template renders more than {LONGEST_OUTPUT} characters")
    return rendered


def render_json(text: str, context: Context) -> str:
    """Render the templates in a JSON text; everything around them stays byte for byte.

    A string that is exactly one expression becomes what that gives, whatever its type; keys are not rendered.
    """
    if not _may_open(text):
        return text
    return render_json_here(text, context) if _is_plain(text) else str(evaluate("render_json", text, context))


def render_json_here(text: str, context: Context) -> str:
    """The same in this process, whatever it takes."""
    rendered = _STRING.sub(lambda match: _token(match, context), text)
    if len(rendered) > len(text) + LONGEST_OUTPUT:
        raise InvalidInput(f"templates render more than {LONGEST_OUTPUT} characters")
    return rendered


def has_templates(text: str) -> bool:
    """Tell whether a JSON text has a string to render."""
    return _may_open(text) and any(True for _ in _templates(text))


@lru_cache(maxsize=1024)
def _is_plain(text: str) -> bool:
    """Tell whether all the strings to render in a JSON text are cheap, and few."""
    templates = list(islice(_templates(text), MOST_STRINGS + 1))
    return len(templates) <= MOST_STRINGS and all(map(is_plain, templates))


def _templates(text: str) -> Iterator[str]:
    for match in _STRING.finditer(text):
        if not match[2] and is_template(string := json.loads(match[1])):
            yield string


def _may_open(text: str) -> bool:
    """Whether a template may begin in a JSON text, which may spell a brace as \\u007b."""
    return OPENING in text or "\\u007" in text


def _token(match: "re.Match[str]", context: Context) -> str:
    if match[2] or not _may_open(match[1]):
        return match[0]
    string = json.loads(match[1])
    return to_json(_render_string(string, context)) if is_template(string) else match[0]


def _render_string(text: str, context: Context) -> Any:
    expression = expression_in(text) if is_template(text) else None
    return render_text_here(text, context) if expression is None else _evaluate(text, expression, context)


def _evaluate(text: str, expression: str, context: Context) -> Any:
    """What an expression gives: printed first, so that what is undefined or too much is refused."""
    run(metered().render_str, text, context)
    written: str = run(metered().render_str, in_parentheses(expression, "|tojson"), context)
    if len(written) > LONGEST_OUTPUT:
        raise InvalidInput(f"an expression gives more than {LONGEST_OUTPUT} characters")
    if "tojson" in expression:
        return plain(run(texts().eval_expr, expression, context))
    return json.loads(written)
