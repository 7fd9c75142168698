"""Query: what may be asked for behind the `?`, one struct per operation.

A parameter that is not known is refused: `?dy=true` must not run what `?dry=true` would only show.
"""

from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec

from pypes.decoding import suggestion
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


def read_query(text: bytes, kind: type[Q]) -> Q:
    """Read a query string; raise `InvalidInput` naming the parameter that is unknown or unacceptable."""
    if not text:
        return kind()
    given = dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=100))
    for name in given:
        if name not in kind.__struct_encode_fields__:
            known = suggestion(name, kind.__struct_encode_fields__)
            raise InvalidInput(f"unknown parameter `{name}`{known}")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(_sentence(str(error), given)) from None


def _sentence(said: str, given: dict[str, str]) -> str:
    what, _, place = said.partition(" - at `$.")
    name = place.removesuffix("`")
    what = what.partition(", got")[0].replace("`", "").replace("int", "a whole number")
    return f"the parameter `{name}` is `{given.get(name, '')}`: {what[:1].lower()}{what[1:]}"


def moment(text: str | None, name: str) -> int | None:
    """Read a parameter that is a moment; None when it was not given."""
    if text is None:
        return None
    try:
        # An unescaped `+` arrives as a blank; in a moment nothing else can be meant.
        return parse_instant(text.replace(" ", "+") if "+" not in text else text)
    except InvalidInput as error:
        raise InvalidInput(f"the parameter `{name}`: {error.message}") from None
