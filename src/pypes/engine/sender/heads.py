"""Heads of answers that were read before: a receiver says the same few again and again."""

import msgspec

from pypes.engine.sender.answer import Answer

END_OF_HEAD = b"\r\n\r\n"
LONGEST = 1024
MOST = 256
"""Heads that are remembered, each of at most LONGEST bytes; then all are forgotten."""
MOST_SEEN = 4096
"""Heads of which it is remembered that they came once; many come only once, with an id of their own."""


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
        self._seen: set[int] = set()

    def learn(self, start: bytes, rest: int, answer: Answer) -> None:
        """Remember a head that comes again, and was followed by all of its answer: `rest` bytes of body."""
        if (known := hash(start)) in self._seen:
            if self._says_it_all(start, rest, answer):
                if len(self.known) >= MOST:
                    self.known.clear()
                self.known[start] = Head(answer.status, rest, answer.retry_after, answer.kept_for)
        else:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen.add(known)

    def _says_it_all(self, start: bytes, rest: int, answer: Answer) -> bool:
        """Whether what the answer meant hangs on these bytes alone."""
        return (
            answer.ended
            and answer.keep
            and not answer.bodiless
            and answer.length == rest <= self._clip
            and len(start) <= LONGEST
            and start.startswith(b"HTTP/1.1 %d " % answer.status)  # else an interim answer came first
            and start.endswith(END_OF_HEAD)
        )
