"""Wire: what is no HTTP at all is answered like any other mistake, though no application ever sees it."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pypes.web.answers import PROBLEM, problem

_DETAIL = "this cannot be read as HTTP/1.1: look at its first line (at most 64 KB, ASCII) and at its headers"


class Wire(HttpToolsProtocol):
    """uvicorn's protocol, but for its words."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser says why in its log alone
        """Say what is wrong, and hang up: where the next request would begin cannot be known."""
        body = bytes(problem(HTTPStatus.BAD_REQUEST, _DETAIL).body)
        head = (
            f"HTTP/1.1 400 Bad Request\r\nContent-Type: {PROBLEM}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
