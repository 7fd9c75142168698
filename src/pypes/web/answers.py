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


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    path: str | None = None
    """The place in the body, `$` being the whole of it."""
    line: int | None = None
    """The line of an NDJSON body, from 1."""
    records_created: int | None = None
    """How many lines before it were stored."""


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


def answer_encoded(text: bytes) -> Response:
    """Answer 200 with JSON that was written where it was read, off the loop."""
    return Response(text, media_type=JSON)


def created(count: int) -> Response:
    """Say how many records a write has stored."""
    return Response(b'{"records_created":%d}' % count, media_type=JSON)


def nothing() -> Response:
    """Answer 204: done, and nothing to say."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


def problem(
    status: int, detail: str, *, members: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Say what is wrong; `members` are further fields of `Problem`."""
    title = HTTPStatus(status).phrase
    said = Problem(type="about:blank", title=title, status=status, detail=detail, **(members or {}))
    return Response(msgspec.json.encode(said), status, headers, PROBLEM)


def members_of(error: PypesError) -> dict[str, Any]:
    """Name the place of a mistake: its path, or its line and how many lines before it were stored."""
    if isinstance(error, BadLine):
        return members_of(error.error) | {"line": error.line, "records_created": error.records_created}
    return {"path": error.path} if isinstance(error, InvalidInput) else {}
