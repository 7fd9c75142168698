"""Which templates and conditions are plain: what they cost is known beforehand, whatever the inputs hold.

Plain is a word of the context, or a literal, through filters that take it once; in conditions a number that
is written out may be added to it, taken from it or divide it, and it may be compared with a literal. All else
(multiplication, loops, methods, macros) may take any time and memory, and is evaluated where that harms
nobody: in a cell.
"""

import re
from functools import lru_cache

MOST_EXPRESSIONS = 20
"""In one string: each may look at everything that is known."""
LONGEST = 4096
"""Characters of a template or a condition; a longer one is not looked through."""

_BLANK = r"\s*+"
_STRING = r"""(?:'[^'\\{}]*+'|"[^"\\{}]*+")"""
_NUMBER = r"(?:-?\d{1,18}(?:\.\d{1,18})?(?![\w.]))"
_LITERAL = rf"(?:{_STRING}|{_NUMBER})"
_PATH = rf"(?:[A-Za-z_]\w*+(?:\.\w++|\[(?:\d{{1,9}}|{_STRING})\])*+(?!{_BLANK}\())"
_DEFAULT = rf"default{_BLANK}\({_BLANK}{_LITERAL}?{_BLANK}\)"
_FILTER = rf"(?:{_DEFAULT}|(?:default|length|first|last|int|float|trim|upper|lower)\b(?!{_BLANK}\())"
_VALUE = rf"(?:{_LITERAL}|{_PATH})(?:{_BLANK}\|{_BLANK}{_FILTER}){{0,2}}"

_EXPRESSION = re.compile(
    rf"(?<!\{{)\{{\{{-?{_BLANK}"
    rf"(?:secret\({_BLANK}{_STRING}{_BLANK}\)|{_VALUE}(?:{_BLANK}\|{_BLANK}tojson(?![\w(]))?)"
    rf"{_BLANK}-?\}}\}}"
)
_LIST = rf"\[{_BLANK}{_LITERAL}(?:{_BLANK},{_BLANK}{_LITERAL})*+{_BLANK}\]"
_COUNTED = rf"(?:{_BLANK}(?:[+\-%]|//){_BLANK}{_NUMBER})"
_COMPARED = (
    rf"{_BLANK}(?:(?:[=!<>]=|[<>]){_BLANK}{_LITERAL}|(?:not\s++)?in\b{_BLANK}{_LIST}"
    rf"|is\s++(?:not\s++)?(?:defined|undefined|none|string|number|boolean|true|false)\b)"
)
_TERM = rf"(?:not\s++)*+{_VALUE}{_COUNTED}?(?:{_COMPARED})?"
_CONDITION = re.compile(rf"{_BLANK}{_TERM}(?:{_BLANK}(?:and|or)\s++{_TERM})*+{_BLANK}")


@lru_cache(maxsize=4096)
def is_plain(text: str) -> bool:
    """Tell whether a template is known to be cheap."""
    if len(text) > LONGEST:
        return False
    rest, count = _EXPRESSION.subn(" ", text)
    return count <= MOST_EXPRESSIONS and not any(mark in rest for mark in ("{{", "{%", "{#"))


@lru_cache(maxsize=4096)
def is_plain_condition(expression: str) -> bool:
    """Tell whether a condition is known to be cheap."""
    return len(expression) <= LONGEST and _CONDITION.fullmatch(expression) is not None
