"""Query: what may be asked for behind the `?`, one struct per operation.

A parameter that is not known is refused: `?dy=true` must not run what `?dry=true` would only show.
"""

import re
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec

from pypes.decoding import choices_of, suggestion
from pypes.errors import InvalidInput
from pypes.instants import parse_instant

MOST = 1000
Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
"""How many items a list answers at most."""
Cursor = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{14,64}$")]
"""The id of the last item of a page, as `next` gave it."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """No parameters; others are added by subclasses."""


Q = TypeVar("Q", bound=Query)
MOST_PARAMETERS = 100

_ENUM = re.compile(r"Invalid enum value '.*'", re.DOTALL)
_NUMBER = re.compile(r"Expected `int(?: \| null)?`(?P<bound> [<>]= \d+)?(?:, got .*)?", re.DOTALL)


def read_query(text: bytes, kind: type[Q]) -> Q:
    """Read a query string; raise `InvalidInput` naming the parameter that is unknown or unacceptable."""
    if not text:
        return kind()
    given: dict[str, str] = {}
    for name, value in _pairs(text):
        if name not in kind.__struct_encode_fields__:
            known = suggestion(name, kind.__struct_encode_fields__)
            raise InvalidInput(f"unknown parameter `{name}`{known}")
        if name in given:  # `?dry=true&dry=false` must not run what one of the two would only show
            raise InvalidInput(f"the parameter `{name}` is given twice")
        given[name] = value
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(_sentence(str(error), given, kind)) from None


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise InvalidInput(f"the query has more than {MOST_PARAMETERS} parameters") from None


def _sentence(said: str, given: dict[str, str], kind: type[Query]) -> str:
    what, _, place = said.partition(" - at `$.")
    name = place.removesuffix("`")
    value = given.get(name, "")
    return f"the parameter `{name}` is `{value}`: {_what_is_wanted(what, name, value, kind)}"


def _what_is_wanted(what: str, name: str, value: str, kind: type[Query]) -> str:
    if _ENUM.fullmatch(what):
        return f"not known here{suggestion(value, choices_of(kind, name))}"
    if number := _NUMBER.fullmatch(what):
        return f"expected a whole number{number['bound'] or ''}"
    if what.startswith("Expected `bool`"):
        return "expected true or false"
    if "matching regex" in what:
        return "expected what `next` of the page before says"
    return what[:1].lower() + what[1:].replace("`", "")


def moment(text: str | None, name: str) -> int | None:
    """Read a parameter that is a moment; None when it was not given."""
    if text is None:
        return None
    try:
        # An unescaped `+` arrives as a blank; in a moment nothing else can be meant.
        return parse_instant(text.replace(" ", "+") if "+" not in text else text)
    except InvalidInput as error:
        raise InvalidInput(f"the parameter `{name}`: {error.message}") from None
