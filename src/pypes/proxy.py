"""Proxy: which requests go through one, and how they are worded for it.

Only a proxy that is configured for pypes is used; `HTTP_PROXY` and its kin are for programs that browse.
"""

import base64
import ipaddress
from urllib.parse import unquote

import msgspec

from pypes.address import is_address, listed
from pypes.errors import InvalidInput
from pypes.request import Origin, Request
from pypes.url import authority, split_url


class Proxy(msgspec.Struct, frozen=True):
    """One proxy for all requests but those that go to this machine or to what is listed."""

    origin: Origin
    credentials: bytes = b""
    """The header line that tells the proxy who asks, or nothing."""
    around: tuple[str, ...] = ()
    """Hosts (with what is below them), addresses and networks that are reached without it."""

    def serves(self, origin: Origin) -> bool:
        """Tell whether requests to the origin go through the proxy; it could not reach our loopback."""
        host = origin.host
        address = ipaddress.ip_address(host) if is_address(host) else None
        if _is_below(host, "localhost") or (address is not None and address.is_loopback):
            return False
        for entry in map(listed, self.around):
            if _is_below(host, entry) if isinstance(entry, str) else address is not None and address in entry:
                return False
        return True

    def worded(self, request: Request) -> Request:
        """Give the request as the proxy wants it: with the whole URL, unless a tunnel leads to the origin."""
        if request.origin.scheme == "https":
            return request
        method, _, rest = request.data.partition(b" ")
        target, _, more = rest.partition(b"\r\n")
        place = f"http://{authority(request.origin)}".encode()
        data = b"%b %b%b\r\n%b%b" % (method, place, target, self.credentials, more)
        return msgspec.structs.replace(request, data=data)

    def tunnel_request(self, origin: Origin) -> bytes:
        """Ask for a tunnel to the origin (RFC 9110 §9.3.6: the port is always named)."""
        place = str(origin).partition("://")[2].encode()
        return b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (place, place, self.credentials)


def read_proxy(url: str, around: tuple[str, ...]) -> Proxy:
    """Read the settings `proxy` and `no_proxy`; raise `InvalidInput` with what to write instead."""
    origin, target, _, user = split_url(url)
    if origin.scheme != "http" or target != "/":
        raise InvalidInput("a proxy is written http://[USER:PASSWORD@]HOST:PORT, and spoken to without TLS")
    bare = tuple(entry.removeprefix("*").removeprefix(".") for entry in around)
    for entry in bare:
        listed(entry)
    return Proxy(origin, _credentials(user), bare)


def _credentials(user: str | None) -> bytes:
    if user is None:
        return b""
    word = base64.b64encode(unquote(user).encode()).decode()
    return f"Proxy-Authorization: Basic {word}\r\n".encode()


def _is_below(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")
