"""Receiver: a process of its own that answers posts, and remembers when each arrived.

What a path begins with decides the answer: `/hang/` none ever, `/slow/` after 50 ms, `/mixed/` after 50 ms
but 1 in 100 never, anything else at once. `GET /log` gives a line `micros path webhook-id` for every post;
`DELETE /log` forgets them. It ends when its stdin closes, so nobody can leave it behind.
"""

import asyncio
import gc
import json
import sys
import time

import uvloop

SLOW = 0.05
HANGS_EVERY = 100
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
_ANSWER = _HEAD + b'11\r\n\r\n{"ok":true}'


class Log:
    """Every post, in the order of arrival; three lists, because a million tuples would wake the collector."""

    def __init__(self) -> None:
        self.moments: list[int] = []
        self.paths: list[bytes] = []
        self.ids: list[bytes] = []

    def render(self) -> bytes:
        """One line per post."""
        lines = zip(self.moments, self.paths, self.ids, strict=True)
        return b"".join(b"%d %b %b\n" % line for line in lines)

    def clear(self) -> None:
        """Forget all."""
        for each in (self.moments, self.paths, self.ids):
            each.clear()


class Connection(asyncio.Protocol):
    """Cuts what arrives into requests by `Content-Length`; pipelined ones are answered in order."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]  # TCP always gives a Transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        if self._rest:
            data = self._rest + data
        while (end := data.find(b"\r\n\r\n") + 4) > 3:
            head = data[:end]
            names = head.lower()
            total = end + int(_value(names, b"\r\ncontent-length:") or 0)
            if len(data) < total:
                break
            self._answer(head, names)
            data = data[total:]
        self._rest = data

    def _answer(self, head: bytes, names: bytes) -> None:
        method, path, _ = head.split(b" ", 2)
        if method == b"POST":
            self._log.moments.append(time.time_ns() // 1000)
            self._log.paths.append(path)
            self._log.ids.append(_value(names, b"\r\nwebhook-id:") or b"-")
            self._reply(path)
        else:
            self._control(method)

    def _reply(self, path: bytes) -> None:
        if path.startswith((b"/slow/", b"/mixed/")):
            if path[1] == ord("s") or len(self._log.moments) % HANGS_EVERY:
                asyncio.get_running_loop().call_later(SLOW, self._answer_late)
        elif not path.startswith(b"/hang/"):
            self._transport.write(_ANSWER)

    def _answer_late(self) -> None:
        """Whoever asked may have been killed meanwhile."""
        if not self._transport.is_closing():
            self._transport.write(_ANSWER)

    def _control(self, method: bytes) -> None:
        body = b""
        if method == b"GET":
            body = self._log.render()
        elif method == b"DELETE":
            self._log.clear()
        self._transport.write(_HEAD + b"%d\r\n\r\n%b" % (len(body), body))


def _value(head: bytes, name: bytes) -> bytes:
    """A header's value; empty when it is absent."""
    start = head.find(name)
    return head[start + len(name) : head.find(b"\r\n", start + 2)].strip() if start >= 0 else b""


async def receive(hosts: int) -> None:
    """Listen on so many ports, print them as JSON, and serve until stdin closes."""
    loop, log, over = asyncio.get_running_loop(), Log(), asyncio.Event()
    servers = [
        await loop.create_server(lambda: Connection(log), "127.0.0.1", 0, backlog=4096) for _ in range(hosts)
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    loop.add_reader(sys.stdin.fileno(), over.set)
    await over.wait()


if __name__ == "__main__":
    gc.disable()
    uvloop.run(receive(int(sys.argv[1])))
