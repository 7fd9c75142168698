"""Checking templates when they are saved: what cannot be read is refused, unknown names are pointed out."""

import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from pypes.decoding import suggestion
from pypes.errors import InvalidInput
from pypes.template.strings import is_template, names_of

NAMES = frozenset(
    [
        "agent",
        "input",
        "inputs",
        "batch",
        "since_last",
        "run",
        "previous",
        "last",
        "state",
        "now",
        "secret",
    ]
)
"""What a template may speak about."""
BUILT_IN = frozenset(["range", "dict", "namespace", "debug", "loop", "caller", "self", "super"])
"""Names to which minijinja gives a meaning."""


MOST_TEMPLATES = 1000
"""In one step: each is read when it is saved, and when it is rendered."""

_REFERENCE = re.compile(r"\bsecret\(\s*(['\"])([^'\"\\]*)\1\s*\)")


class Doubt(NamedTuple):
    """A name that is accepted, that nobody has, and that may not be what was meant."""

    path: str
    name: str
    known: Collection[str]

    @property
    def sentence(self) -> str:
        """What is doubtful about it, with the nearest name; found only for those doubts that are told."""
        return f"nothing is called `{self.name}` here{suggestion(self.name, self.known)}"


def check_template(value: Any, path: str = "$", names: Collection[str] = NAMES) -> list[Doubt]:
    """Check every template in a JSON value; give what is doubtful, raise `InvalidInput` with its place."""
    doubts: list[Doubt] = []
    for count, (place, text) in enumerate(templates_in(value, path)):
        if count == MOST_TEMPLATES:
            raise InvalidInput(
                f"these are more than {MOST_TEMPLATES} templates: write fewer, larger ones", place
            )
        doubts += _check(text, place, names)
    return doubts


def names_in(value: Any) -> frozenset[str]:
    """The names that the templates in a JSON value ask for."""
    return frozenset().union(*(names_of(text) for _, text in templates_in(value, "$")))


def templates_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every template in a JSON value, with its place."""
    if isinstance(value, str):
        if is_template(value):
            yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from templates_in(member, f"{path}.{key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from templates_in(member, f"{path}[{index}]")


def doubts_about_condition(expression: str, path: str, names: Collection[str]) -> list[Doubt]:
    """Point out what a condition asks for that nobody will tell it: there it would count as false."""
    return check_template(f"{{{{ {expression} }}}}", path, names)


def references_in(value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """What `secret('…')` is asked for in the templates of a JSON value, as far as that is literal."""
    for place, text in templates_in(value, path):
        for match in _REFERENCE.finditer(text):
            yield place, match[2]


def _check(text: str, path: str, names: Collection[str]) -> Iterator[Doubt]:
    try:
        unknown = names_of(text) - BUILT_IN - frozenset(names)
    except InvalidInput as error:
        raise InvalidInput(error.message, path) from None
    for name in sorted(unknown):
        yield Doubt(path, name, names)
