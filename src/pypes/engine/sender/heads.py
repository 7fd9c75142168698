"""Heads of answers that were read before: a receiver says the same few again and again."""

import msgspec

from pypes.engine.sender.answer import Answer

END_OF_HEAD = b"\r\n\r\n"
LONGEST = 1024
MOST = 256
"""Heads that are remembered, each of at most LONGEST bytes; then all are forgotten."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """What the head of an answer says that leaves its connection usable."""

    status: int
    length: int
    """Bytes of the body."""
    retry_after: str | None
    kept_for: int | None
    """Seconds for which the server keeps the connection (`Keep-Alive: timeout=`), where it says so."""


class Heads:
    """What the parser made of heads that it has read.

    An answer of the same head and as many bytes of body means what the earlier one meant, so it need not be
    parsed: finding it here is five times as fast, and exactly as strict.
    """

    def __init__(self, clip: int) -> None:
        self._clip = clip
        self.known: dict[bytes, Head] = {}

    def learn(self, data: bytes, answer: Answer) -> None:
        """Remember the head of an answer that `data` was the whole of, unless more than its bytes counted."""
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        if not (answer.ended and answer.keep) or answer.bodiless or end > LONGEST:
            return
        is_first = data.startswith(b"HTTP/1.1 %d " % answer.status)  # no interim answer came before it
        if is_first and answer.length == len(data) - end <= self._clip:
            if len(self.known) >= MOST:
                self.known.clear()
            self.known[data[:end]] = Head(answer.status, answer.length, answer.retry_after, answer.kept_for)
