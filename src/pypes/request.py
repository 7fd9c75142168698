"""What is said to the outside: one HTTP request, ready to be sent."""

import msgspec


class Origin(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """Where a request goes; connections are pooled by it."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A lower-case ASCII name or an address, IPv6 without brackets."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Request(msgspec.Struct, frozen=True, gc=False):
    """A rendered request: nothing is left to do at its instant but to write `data`."""

    origin: Origin
    data: bytes
    """Request line, headers (Host and Content-Length included) and body."""
    timeout: int
    """The whole exchange must end within this many microseconds."""
    method: str = "POST"
