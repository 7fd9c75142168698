"""Answers: results and mistakes as HTTP says them."""

from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from pypes.errors import InvalidInput, PypesError

JSON = "application/json"
PROBLEM = "application/problem+json"


class Created(msgspec.Struct, frozen=True):
    """What a write says: the original's words."""

    records_created: int


class BadLine(PypesError):
    """A mistake in one line of an NDJSON body; `error` is the mistake itself."""

    def __init__(self, error: PypesError, line: int, *, records_created: int | None = None) -> None:
        super().__init__(f"line {line}: {error.message}")
        self.error = error
        self.line = line
        self.records_created = records_created


def answer(value: Any) -> Response:
    """Answer 200 with a value as compact JSON."""
    return Response(msgspec.json.encode(value), media_type=JSON)


def created(count: int) -> Response:
    """Say how many records a write has stored."""
    return Response(b'{"records_created":%d}' % count, media_type=JSON)


def nothing() -> Response:
    """Answer 204: done, and nothing to say."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


def problem(
    status: int, detail: str, *, members: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Say what is wrong, as RFC 9457 asks for."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(msgspec.json.encode(body | (members or {})), status, headers, PROBLEM)


def members_of(error: PypesError) -> dict[str, Any]:
    """Name the place of a mistake: its path, or its line and how many lines before it were stored."""
    if isinstance(error, BadLine):
        said: dict[str, Any] = {"line": error.line} | members_of(error.error)
        return said if error.records_created is None else said | {"records_created": error.records_created}
    if isinstance(error, InvalidInput) and error.path is not None:
        return {"path": error.path}
    return {}
