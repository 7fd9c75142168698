"""A client that calls the application in process, as a server would."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from starlette.types import ASGIApp, Message

from pypes.clock import Clock
from pypes.config import Config
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
from pypes.presence import Presence
from pypes.store.store import Store
from pypes.web.app import create_app
from pypes.web.services import Services

TCP = ("127.0.0.1", 7979)
SOCKET = ("/home/somebody/.agents/pypes.sock", None)
NDJSON = "application/x-ndjson"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def detail(self) -> str:
        """What a problem says to people."""
        assert self.headers["content-type"] == "application/problem+json"
        detail: str = self.json()["detail"]
        return detail


class Client:
    """Sends requests to the application; `services` is what the application stands on."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.app: ASGIApp = create_app(services)
        self.server: tuple[str, int | None] = TCP

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, value: Any = None) -> Answer:
        return await self.send("POST", path, b"" if value is None else msgspec.json.encode(value))

    async def post_lines(self, path: str, *parts: bytes) -> Answer:
        """Send NDJSON, arriving in the given parts."""
        return await self.send("POST", path, parts, headers={"content-type": NDJSON})

    async def send(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        *,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; a body in parts is sent without its length, a header that is "" is left out."""
        parts = [body] if isinstance(body, bytes) else list(body)
        given = {"host": "127.0.0.1:7979"}
        if any(parts):
            length = {"content-length": str(len(body))} if isinstance(body, bytes) else CHUNKED
            given |= {"content-type": "application/json", **length}
        given |= {name.replace("_", "-").lower(): value for name, value in (headers or {}).items()}
        raw_path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": raw_path,
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
            "server": self.server,
            "asgi": {"spec_version": "2.4"},
        }
        return await _exchange(self.app, scope, parts)


CHUNKED = {"transfer-encoding": "chunked"}


async def _exchange(app: ASGIApp, scope: dict[str, Any], parts: list[bytes]) -> Answer:
    left, sent = list(parts), list[Message]()

    async def receive() -> Message:
        part = left.pop(0) if left else b""
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(dict(message))

    await app(scope, receive, send)
    head, *rest = sent
    headers = {name.decode(): value.decode() for name, value in head["headers"]}
    return Answer(head["status"], headers, b"".join(message["body"] for message in rest))


def services_for(store: Store, clock: Clock, home: Path, **settings: Any) -> Services:
    return Services(
        store=store,
        clock=clock,
        config=Config(home=home, **settings),
        log=Log(clock),
        health=Health(),
        figures=Figures(),
        presence=Presence(node="here", started=clock.now(), seats=100),
    )
