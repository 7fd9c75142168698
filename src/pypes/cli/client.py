"""The one way to the API: over the running daemon's socket, or else in process, owning the store meanwhile.

A command cannot tell which way it went. An answer of 4xx or 5xx is raised as the error that it stands for.
"""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from pypes.cli.home import socket_path
from pypes.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MalformedJson,
    NotFound,
    OverLimit,
    PypesError,
    TooLarge,
    Unauthorized,
    Unavailable,
    WrongContentType,
)

JSON, NDJSON = "application/json", "application/x-ndjson"
Body = bytes | Iterable[bytes] | None

PATIENCE = 5.0
"""Seconds that a daemon is given to say that it is there, and a store to become free."""

TRIES = 3
"""How often a request is sent that never arrives."""

ERRORS: dict[int, type[PypesError]] = {
    400: MalformedJson,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: InvalidInput,
    409: Conflict,
    412: Conflict,
    413: TooLarge,
    415: WrongContentType,
    422: InvalidInput,
    429: OverLimit,
}
"""What an answer's status stands for; anything else above 399 is `Refused`."""


class NeverArrived(Unavailable):
    """The daemon went away before it could read the request: nothing came of it."""


class Refused(Unavailable):
    """An answer that says that the daemon cannot do it now."""


class Answer:
    """A status below 400, and a body that is read as it arrives."""

    def __init__(self, status: int, chunks: Iterator[bytes]) -> None:
        self.status = status
        self.chunks = chunks

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    def json(self) -> Any:
        """The whole body, decoded; None when there is none."""
        body = self.read()
        return json.loads(body) if body else None


class Client(Protocol):
    """Whoever answers requests to the API."""

    def request(self, method: str, path: str, body: Body = None, content_type: str = JSON) -> Answer:
        """Send one request; raise the error that a refusal stands for."""
        ...


def agent_path(name: str, *rest: str, **query: object) -> str:
    """Name an agent in a path: `/agents/{name}/inputs?limit=3`; what is None is left out."""
    if not name:
        raise InvalidInput("an agent needs a name: this one is empty")
    try:
        name.encode()
    except UnicodeEncodeError:  # how Python carries bytes that are no text
        raise InvalidInput("an agent's name is UTF-8, and this one is not") from None
    return path_of("agents", name, *rest, **query)


def path_of(*parts: str, **query: object) -> str:
    """Join and quote the parts of a path and its query."""
    given = {key: value for key, value in query.items() if value is not None}
    path = "".join("/" + quote(part, safe="", errors="surrogateescape") for part in parts)
    return f"{path}?{urlencode(given, errors='surrogateescape')}" if given else path


def refusal(status: int, body: bytes) -> PypesError:
    """Turn problem+json (RFC 9457) into the error it stands for."""
    try:
        problem = dict(json.loads(body))
    except (ValueError, TypeError):
        problem = {}
    message = str(problem.get("detail") or problem.get("title") or f"the daemon answered {status}")
    if problem.get("records_created"):
        message += f"; {problem['records_created']} before it were stored"
    error = ERRORS.get(status, Refused)(message)
    error.problem = problem
    if isinstance(error, InvalidInput):
        error.path = problem.get("path")
    return error


def daemon_answers(path: Path) -> bool:
    """True when a daemon listens there; raises `Unavailable` when it accepts but stays silent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect(str(path))
            probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return probe.recv(5) == b"HTTP/"
        except (FileNotFoundError, ConnectionError):
            return False
        except TimeoutError:
            raise Unavailable(
                f"the daemon does not answer on {path}: look at `pypes logs`, or stop it and start it again"
            ) from None
        except OSError as error:
            if error.errno is None:  # the path is too long for a socket: the settings' check says what to do
                return False
            raise Unavailable(
                f"{path} cannot be reached ({error.strerror or error}): set PYPES_HOME to a folder of yours"
            ) from None


@contextmanager
def connect() -> Iterator[Client]:
    """Reach the API, whichever way is open when it is first needed."""
    with ExitStack() as opened:
        yield _EitherWay(opened)


class _EitherWay:
    """Asks the daemon, or owns the store; when a daemon comes or goes meanwhile, takes the other way."""

    def __init__(self, opened: ExitStack) -> None:
        self._opened = opened
        self._client: Client | None = None

    def request(self, method: str, path: str, body: Body = None, content_type: str = JSON) -> Answer:
        """Send one request; one that certainly never arrived is sent again, unless its body is used up."""
        is_whole = body is None or isinstance(body, bytes)
        for _ in range(TRIES if is_whole else 1):
            client = self._client = self._client or self._open()
            try:
                return client.request(method, path, body, content_type)
            except NeverArrived as error:
                self._client, gone = None, error
        raise gone

    def _open(self) -> Client:
        from pypes.cli.remote import SocketClient  # noqa: PLC0415 - imported once it is needed

        if daemon_answers(socket_path()):
            return SocketClient(socket_path())
        from pypes.cli.local import open_client  # noqa: PLC0415 - the engine is needed only without a daemon

        if is_running():
            return SocketClient(socket_path())
        try:
            return self._opened.enter_context(open_client())
        except Unavailable:
            if daemon_answers(socket_path()):  # it was quicker
                return SocketClient(socket_path())
            raise


def is_running() -> bool:
    """True when the daemon answers; waits for one that is starting or stopping, and for other commands."""
    from pypes.cli.owner import owner  # noqa: PLC0415 - reads the settings, which costs

    path = socket_path()
    deadline = time.monotonic() + PATIENCE
    while not daemon_answers(path):
        pid = owner()
        if pid is None:
            return False
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the store is in use by process {pid}, which does not answer on {path}: "
                "wait for it, or stop it"
            )
        time.sleep(0.02)
    return True
