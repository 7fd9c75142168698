"""An ASGI application that answers with what it got: with a length, or, on other paths, in chunks."""

from collections.abc import Callable
from typing import Any


async def echo(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", scope["method"] == "POST"
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    known = [(b"content-length", b"%d" % len(body))] if scope["path"] == "/length" else []
    await send({"type": "http.response.start", "status": 201, "headers": known})
    await send({"type": "http.response.body", "body": body, "more_body": not known})
    if not known:
        await send({"type": "http.response.body", "body": b""})
