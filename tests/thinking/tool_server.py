"""An MCP server on the loopback, by the official SDK: two tools, one of which nobody allows."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from mcp.server import MCPServer
from starlette.applications import Starlette


class ToolServer:
    """Keeps what its tools were called with."""

    def __init__(self) -> None:
        self.searched: list[str] = []
        self.deleted: list[str] = []
        self.url = ""

    @contextmanager
    def listening(self) -> Iterator["ToolServer"]:
        server = uvicorn.Server(
            uvicorn.Config(self._app(), port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join()

    def _app(self) -> Starlette:
        mcp = MCPServer("mail")

        @mcp.tool()
        def search(query: str) -> str:
            """Search the inbox."""
            self.searched.append(query)
            return f"found: {query} is urgent"

        @mcp.tool()
        def delete(mail: str) -> str:
            """Delete a mail."""
            self.deleted.append(mail)
            return "deleted"

        return mcp.streamable_http_app(stateless_http=True, json_response=True)
