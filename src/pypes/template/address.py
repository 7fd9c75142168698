"""Addresses with templates in them: where a request goes is never for an input to say.

Scheme and host stand as literal text or come from `secret()`; everything else that is inserted is
percent-encoded (RFC 3986), so that it stays within the part of the path or query in which it stands.
"""

import re
from typing import Any
from urllib.parse import quote

from pypes.errors import InvalidInput
from pypes.template.cell import evaluate
from pypes.template.plain import is_plain
from pypes.template.sandbox import Context, as_text, metered, run, writing
from pypes.template.strings import is_template, names_of

LONGEST = 16_384
"""Characters of a rendered address."""

_SECRET = re.compile(r"\{\{[-+]?\s*secret\(\s*(?:'[^'\\{}]*'|\"[^\"\\{}]*\")\s*\)\s*[-+]?\}\}")
"""An expression that is a secret and nothing else."""
_PART = re.compile(r"\{\{|\{%|\{#")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_STAND_IN = "\ufffc"


def check_address(url: str) -> str | None:
    """Refuse an address whose scheme or host could come from an input.

    Gives the literal part that can be judged at once, up to the end of the host; None if a secret has it.
    """
    names_of(url)
    text = _SECRET.sub(_STAND_IN, url)
    head = text[: found.start()] if (found := _PART.search(text)) else text
    scheme = _SCHEME.match(head)
    authority, ends = _authority(head[scheme.end() if scheme else 0 :])
    if (found and not ends) or not (scheme or head.startswith(_STAND_IN)):
        raise InvalidInput(
            "scheme and host of a URL are written out, or come from secret('…') alone: "
            "https://example.com/{{ input.id }}"
        )
    return None if _STAND_IN in authority or not scheme else scheme[0] + authority


def render_address(url: str, context: Context) -> str:
    """Render an address: secrets as they are, all other values percent-encoded."""
    if not is_template(url):
        return url
    return (
        render_address_here(url, context) if is_plain(url) else str(evaluate("render_address", url, context))
    )


def render_address_here(url: str, context: Context) -> str:
    """The same in this process, whatever it takes."""
    secrets = _Secrets(context.get("secret"))
    given = {**context, "secret": secrets.reveal}
    run(metered().render_str, url, given)
    rendered: str = run(writing(secrets.written).render_str, url, given)
    if len(rendered) > LONGEST:
        raise InvalidInput(f"the URL renders to more than {LONGEST} characters")
    return rendered


class _Secrets:
    """The secrets of one address: what equals one of them is inserted as it is."""

    def __init__(self, secret: Any) -> None:
        self._secret = secret
        self._values: set[str] = set()

    def reveal(self, reference: str) -> str:
        """Look a secret up, and remember it."""
        if self._secret is None:
            raise InvalidInput("there are no secrets here")
        value = str(self._secret(reference))
        self._values.add(value)
        return value

    def written(self, value: Any) -> str:
        """A secret as it is, anything else percent-encoded."""
        return value if isinstance(value, str) and value in self._values else quote(as_text(value), safe="")


def _authority(text: str) -> tuple[str, bool]:
    """What stands before the first `/`, `?` or `#`, and whether there is one."""
    end = re.search(r"[/?#]", text)
    return (text[: end.start()], True) if end else (text, False)
