"""A language model that is none: a local server that speaks the wire formats of OpenAI and Anthropic.

What it answers is scripted; what it is asked is kept. Only the model is fake: the bytes are real HTTP.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Json = dict[str, Any]


class Said(NamedTuple):
    """One answer: what the model says, or how its server fails."""

    text: str | None = None
    tools: tuple[tuple[str, Json | str], ...] = ()
    """Calls of tools, each a name and its arguments; a string stands as it is, malformed or not."""
    tokens: tuple[int, int] = (100, 20)
    status: int = 200
    drops: bool = False
    """The connection breaks instead."""


class Asked(NamedTuple):
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def words(self) -> str:
        """All that was said to the model, as text."""
        return json.dumps(self.body.get("messages", self.body), ensure_ascii=False)


class ModelServer:
    """Listens on the loopback; says what `script` holds, then `always` for ever."""

    def __init__(self) -> None:
        self.script: list[Said] = []
        self.always: Callable[[Asked], Said] = lambda _asked: Said("hello")
        self.asked: list[Asked] = []
        self.gate = threading.Event()
        """While it is not set, the model thinks."""
        self.gate.set()
        self._arrived = threading.Condition()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                said = server._hear(Asked(self.path, dict(self.headers), body))
                server.gate.wait()
                if said.drops:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self._answer(said.status, _worded(self.path, said))

            def _answer(self, status: int, value: Json) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A model process that is killed resets its connections: that is what is tested."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def _hear(self, asked: Asked) -> Said:
        with self._arrived:
            self.asked.append(asked)
            self._arrived.notify_all()
            return self.script.pop(0) if self.script else self.always(asked)

    def wait_for(self, number: int) -> None:
        """Wait until it was asked so often."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.asked) >= number, 30)

    @contextmanager
    def listening(self) -> Iterator["ModelServer"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.gate.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _worded(path: str, said: Said) -> Json:
    if said.status != 200:
        return {"error": {"message": f"status {said.status}", "type": "error", "code": None}}
    return _as_anthropic(said) if path.endswith("/messages") else _as_openai(said)


def _as_openai(said: Said) -> Json:
    message: Json = {"role": "assistant", "content": said.text}
    if said.tools:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": _text(given)},
            }
            for number, (name, given) in enumerate(said.tools)
        ]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_777_809_600,
        "model": "test-model",
        "choices": [
            {"index": 0, "message": message, "finish_reason": "tool_calls" if said.tools else "stop"}
        ],
        "usage": {
            "prompt_tokens": said.tokens[0],
            "completion_tokens": said.tokens[1],
            "total_tokens": sum(said.tokens),
        },
    }


def _as_anthropic(said: Said) -> Json:
    content: list[Json] = [] if said.text is None else [{"type": "text", "text": said.text}]
    content += [
        {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}
        for number, (name, given) in enumerate(said.tools)
    ]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "test-model",
        "content": content,
        "stop_reason": "tool_use" if said.tools else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": said.tokens[0], "output_tokens": said.tokens[1]},
    }


def _text(arguments: Json | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)
