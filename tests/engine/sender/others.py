"""Servers that others wrote, as processes or threads of this machine."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from .echoing import echo

HERE = Path(__file__).parent
PATIENCE = 30.0


class Echo(BaseHTTPRequestHandler):
    """Answers with what it got; how, the path says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        if self.path == "/until-close":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's own name
        """Say nothing."""


@contextmanager
def http_server(version: str) -> Iterator[str]:
    """Python's own server, which takes a thread for each connection."""
    handler = type("Echo", (Echo,), {"protocol_version": version})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def uvicorn_server(http: str) -> AsyncIterator[str]:
    """The server under our own API, on either of its parsers."""
    config = uvicorn.Config(echo, http=http, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # asyncio's TCP_NODELAY depends on `proto`
        listener.bind(("127.0.0.1", 0))
        await server.startup(sockets=[listener])
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        await server.shutdown(sockets=[listener])


@contextmanager
def granian_server() -> Iterator[str]:
    """A server in Rust, on hyper."""
    port = free_port()
    options = ["--interface", "asgi", "--no-ws", "--no-log", "--host", "127.0.0.1", "--port", str(port)]
    with _process([sys.executable, "-m", "granian", *options, "echoing:echo"]) as process:
        await_port(port, process)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def node_server(keep_alive_ms: int = 5000) -> Iterator[str]:
    """Node's http module; it tells for how long it keeps connections."""
    node = found("node", "nodejs")
    with _process([node, HERE / "echo.js", str(keep_alive_ms)]) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}; keepalive_requests {requests}; client_max_body_size 1m;
    location / {{ proxy_pass {behind}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    location /nothing {{ return 204; }}
    location /moved {{ return 301 /length; }}
    location /hangs-up {{ return 444; }}
  }}
}}
"""


@contextmanager
def nginx_server(folder: Path, *, behind: str, requests: int = 1000) -> Iterator[str]:
    """nginx before another server; it closes each connection after so many requests."""
    nginx = found("nginx", "nginx-light")
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, behind=behind, requests=requests))
    with _process([nginx, "-p", folder, "-c", config, "-e", "stderr"]) as process:
        await_port(port, process)
        yield f"http://127.0.0.1:{port}"


def found(command: str, package: str) -> str:
    """The path of a command; a test that misses it says what to install (in CI, a skipped test fails)."""
    path = shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        pytest.skip(f"{command} is missing: apt-get install {package}")
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def await_port(port: int, process: "subprocess.Popen[str]") -> None:
    """Wait until somebody listens there; these servers have no other way to say that they are ready."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"{process.args!r} does not listen")


@contextmanager
def _process(command: list[Any]) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
