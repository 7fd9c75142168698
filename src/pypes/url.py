"""Taking http and https URLs apart, strictly and in one place."""

import re
from urllib.parse import quote

from pypes.address import host_as_parsed
from pypes.errors import InvalidInput
from pypes.request import Origin

PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?:(?P<user>.*)@)?(?P<host>\[[^\[\]]*\]|[^:\[\]@]*)(?P<port>:.*)?", re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")
_KEPT = "!#$%&'()*+,-./:;=?@[]_~"  # what RFC 3986 lets stand, and % itself

_SECRET_PARAMETER = re.compile(
    r"([?&](?:[\w-]*(?:token|secret|password|signature|api[_-]?key)|key|sig)=)[^&#]*", re.IGNORECASE
)
"""Parameters that are called like secrets, up to their value."""


def split_url(url: str) -> tuple[Origin, str, str, str | None]:
    """Split into origin, target (path and query), Host header and user info; a fragment is dropped.

    The target is ASCII: other characters are percent-encoded as UTF-8. User info stays as written, for the
    caller to turn into an Authorization header. Refused with a sentence: other schemes, spaces and control
    characters, backslashes, ports outside 1–65535, hosts that nobody could look up.
    """
    if found := _FORBIDDEN.search(url):
        raise InvalidInput(f"the URL contains {found.group()!r}, which must be percent-encoded")
    parts = _URL.match(url)
    scheme = parts["scheme"].lower() if parts else ""
    if parts is None or scheme not in PORTS:
        raise InvalidInput("a URL starts with http:// or https://")
    place = _AUTHORITY.fullmatch(parts["authority"])
    if place is None:
        raise InvalidInput("the URL's host is not a name or an address: IPv6 stands in brackets")
    origin = Origin(scheme, host_as_parsed(place["host"]), _port(place["port"], default=PORTS[scheme]))
    return origin, _target(parts["target"]), authority(origin), place["user"]


def masked(url: str) -> str:
    """Show a URL without its user info and without the secrets in its query: `https://***@host/path?key=***`."""
    parts = _URL.match(url)
    if parts is None:
        return url
    if "@" in parts["authority"]:
        start = parts.start("authority")
        url = f"{url[:start]}***{url[start + parts['authority'].rindex('@') :]}"
    return _SECRET_PARAMETER.sub(r"\1***", url)


def secrets_in(url: str) -> list[str]:
    """The values of the parameters that are called like secrets."""
    parts = _URL.match(url)
    found = _SECRET_PARAMETER.finditer(parts["target"]) if parts else ()
    return [each.group().removeprefix(each[1]) for each in found]


def _port(text: str | None, *, default: int) -> int:
    if text in (None, ":"):
        return default
    digits = (text or "")[1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and 0 < int(digits) <= 65535):
        raise InvalidInput(f"the port `{digits}` is not a number from 1 to 65535")
    return int(digits)


def _target(text: str) -> str:
    try:
        target = quote(text, safe=_KEPT)
    except UnicodeEncodeError:
        raise InvalidInput("the URL contains half a surrogate pair, which has no encoding") from None
    return target if target.startswith("/") else f"/{target}"


def authority(origin: Origin) -> str:
    """Name host and port as a Host header does: without the port that goes without saying."""
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == PORTS[origin.scheme] else f"{host}:{origin.port}"
