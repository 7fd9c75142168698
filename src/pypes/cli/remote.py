"""SocketClient: the running daemon's API, over its unix socket."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

from pypes.cli.client import JSON, Answer, Body, NeverArrived, refusal
from pypes.errors import Unavailable

CHUNK = 65536


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.connect(str(self._path))
        except OSError as error:
            raise NeverArrived(f"the daemon has gone away ({error.strerror}): try again") from None


class SocketClient:
    """Speaks HTTP/1.1 over the unix socket of a running daemon; one connection per request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def request(self, method: str, path: str, body: Body = None, content_type: str = JSON) -> Answer:
        """Send one request; a body given in pieces is streamed."""
        connection = _UnixConnection(self._path)
        headers = {"Connection": "close"}
        if body is not None:
            headers["Content-Type"] = content_type
        streamed = body is not None and not isinstance(body, bytes)
        if streamed:
            headers["Transfer-Encoding"] = "chunked"
        try:
            _send(connection, method, path, body, headers, chunked=streamed)
            response = connection.getresponse()
        except (http.client.HTTPException, ConnectionError) as error:
            connection.close()
            raise _as_sentence(error, may_repeat=method == "GET", streamed=streamed) from None
        except BaseException:
            connection.close()
            raise
        chunks = _chunks(response)
        if response.status >= 400:
            raise refusal(response.status, b"".join(chunks))
        return Answer(response.status, chunks)


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Body,
    headers: dict[str, str],
    *,
    chunked: bool,
) -> None:
    """A daemon that refuses a body half-way has answered: that answer counts, not the broken pipe."""
    try:
        connection.request(method, path, body=body, headers=headers, encode_chunked=chunked)
    except (BrokenPipeError, ConnectionResetError):
        if not chunked:
            raise


def _as_sentence(error: Exception, *, may_repeat: bool, streamed: bool) -> Unavailable:
    """Tell a request that was read, and may have been heeded, from one that cannot have been.

    A unix socket is reset, or its pipe broken, when it is closed before the other side has read everything.
    """
    if streamed:
        return Unavailable("the daemon went away in the middle: look how much it has stored")
    if isinstance(error, http.client.RemoteDisconnected) and not may_repeat:
        return Unavailable("the daemon went away before it answered: look whether it was done")
    if isinstance(error, ConnectionError):
        return NeverArrived("the daemon has gone away: try again")
    return Unavailable(f"what answered is not the daemon ({error!r})")


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read1(CHUNK):
            yield chunk
    except (http.client.HTTPException, ConnectionError) as error:
        raise Unavailable(f"the daemon went away while it answered ({error!r})") from None
    finally:
        response.close()
