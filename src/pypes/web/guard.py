"""Guard: who may ask at all. A web page in the user's own browser must not be able to drive the daemon.

Four checks, on TCP only; the unix socket needs none of them, because its mode 0600 is the guard:

* `Host` must be a name of this daemon, or a page whose name was made to resolve to loopback could read it.
* `Origin` and `Sec-Fetch-Site`, where a browser sends them, must say that the page is our own.
* With a token set, it must come as `Authorization: Bearer`, or as the cookie that `POST /login` gave.
* A body must be declared as JSON, which no plain web form can do: that one is in `resource.py`.
"""

import hmac
import re
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

from starlette.types import Scope

from pypes.config import Config
from pypes.errors import Forbidden, Unauthorized

COOKIE = "pypes_session"
PAGE = "/"
"""May be reached by a link from any other page."""
FILES = "/ui/"
"""The page's own files, the same for everybody: they hold nothing that a token would guard."""

_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^][:@/]+))(?::\d*)?", re.ASCII)
_OWN = {None, b"same-origin", b"none"}


class Guard:
    """Lets a request in, or says why not."""

    def __init__(self, config: Config, *, public: frozenset[str]) -> None:
        self._public = public
        self._hosts = {"localhost", *map(str.lower, (config.host, *config.allow_host))}
        self._token = config.token.encode() if config.token else None
        self._cookie = session_of(config.token).encode() if config.token else None

    def admit(self, scope: Scope) -> None:
        """Raise `Forbidden` or `Unauthorized` unless the request may be answered."""
        if through_socket(scope):
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            raise Forbidden("the request has two Host headers: one of them is somebody else's")
        self._check_host(scope, headers.get(b"host"))
        if scope["path"] != PAGE:
            _check_origin(headers)
        if self._token is not None and not self._is_public(scope["path"]):
            self._check_token(headers)

    def _is_public(self, path: str) -> bool:
        return path in self._public or path.startswith(FILES)

    def _check_host(self, scope: Scope, host: bytes | None) -> None:
        if host is None:
            raise Forbidden("the request has no Host header: pypes must know by which name it is called")
        name = name_of(host)
        if name not in self._hosts and not is_loopback(name) and name != _own_address(scope):
            raise Forbidden(
                f"pypes does not go by the name `{name}`; if it should, start it with --allow-host {name}"
            )

    def _check_token(self, headers: dict[bytes, bytes]) -> None:
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer" and _same(given.strip(), self._token):
            return
        if not _same(_session_in(headers.get(b"cookie", b"")), self._cookie):
            raise Unauthorized("the token is missing or wrong: send it as `Authorization: Bearer TOKEN`")


def is_token(given: str, token: str) -> bool:
    """Tell whether this is the token."""
    return _same(given.encode(errors="replace"), token.encode())


def session_of(token: str) -> str:
    """Derive what the cookie holds, so that the token itself never lies in a browser."""
    return hmac.new(token.encode(), b"pypes session", "sha256").hexdigest()


def through_socket(scope: Scope) -> bool:
    """Tell whether a request came through the unix socket: uvicorn gives its path, and no port."""
    server = scope.get("server")
    return server is not None and server[1] is None


def name_of(host: bytes) -> str:
    """Take the name or address out of a Host header; empty when it is no such thing."""
    match = _HOST.fullmatch(host.decode("latin-1").strip().lower())
    return (match["address"] or match["name"]) if match else ""


@lru_cache(maxsize=256)
def is_loopback(name: str) -> bool:
    """Tell whether a name is an address that never leaves the machine."""
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _own_address(scope: Scope) -> str | None:
    """Give the address on which the connection arrived: bound to all, each of the machine's is ours."""
    server = scope.get("server")
    return server[0].removeprefix("::ffff:") if server else None


def _check_origin(headers: dict[bytes, bytes]) -> None:
    origin = headers.get(b"origin")
    own = origin is None or origin.partition(b"://")[2].lower() == headers[b"host"].lower()
    if not own or headers.get(b"sec-fetch-site") not in _OWN:
        raise Forbidden("the request comes from a page of another site, which may not use pypes")


def _session_in(cookies: bytes) -> bytes:
    try:
        found = SimpleCookie(cookies.decode("latin-1")).get(COOKIE)
    except CookieError:
        return b""
    return found.value.encode() if found else b""


def _same(given: bytes, expected: bytes | None) -> bool:
    """Compare in constant time, so that nobody learns a token byte by byte."""
    return expected is not None and hmac.compare_digest(given, expected)
