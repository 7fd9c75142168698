"""The tools that a model may call: those of MCP servers that the action names, and no others."""

from typing import Any

from pydantic_ai.tools import RunContext, ToolDefinition
from pydantic_ai.toolsets import AbstractToolset

from pypes.prompt import Server


def toolsets_of(servers: tuple[Server, ...]) -> list[AbstractToolset[Any]]:
    """One toolset a server; a tool that is not on its list is neither shown to the model nor called."""
    return [_toolset(server, number) for number, server in enumerate(servers)]


def _toolset(server: Server, number: int) -> AbstractToolset[Any]:
    from pydantic_ai.mcp import MCPToolset  # noqa: PLC0415 - most questions have no tools, and it is large

    def is_allowed(_context: RunContext[Any], tool: ToolDefinition) -> bool:
        return tool.name in server.allow

    toolset: MCPToolset[Any] = MCPToolset(server.url, id=f"server{number}", headers=server.headers or None)
    return toolset.filtered(is_allowed)
