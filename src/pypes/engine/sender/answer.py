"""One HTTP answer as it is read: strict, bounded, and indifferent to how the bytes arrive."""

import re
from codecs import utf_8_decode

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

HEAD_LIMIT = 65_536
"""Bytes of headers (and trailers, and interim answers) that one answer may have."""
HEADERS_LIMIT = 100
NO_BODY = (204, 304)
VERSIONS = ("1.1", "1.0")
STARTS = (b"HTTP/1.1 ", b"HTTP/1.0 ")
LONGEST_BODY = (1 << 63) - 1
"""What a signed number of 64 bits can say."""
LONGEST_HINT = 64
"""Characters of `Retry-After` that can mean something; what is longer is no date and no number."""

_TIMEOUT = re.compile(rb"(?:^|[,;\s])timeout\s*=\s*\"?(\d{1,6})", re.IGNORECASE)


class Answer:
    """Reads the answers of one connection, one after another; `expect` begins each.

    `ready` says that a receipt can be written: the answer is complete, or longer than the clip size.
    `ended` says that its last byte was read; only then can the connection be used again, if `keep` agrees.
    `complaint` is set when there will be no receipt. Length and clipping follow from the bytes alone, never
    from the pieces in which they arrive.
    """

    def __init__(self, clip: int) -> None:
        self._clip = clip
        self._parser = HttpResponseParser(self)
        self.expect(bodiless=False)
        self.ended = True  # nothing is expected yet

    def expect(self, *, bodiless: bool) -> None:
        """Begin to read the next answer; `bodiless` for one to HEAD, which has none whatever it declares."""
        self.bodiless = bodiless
        self._body = b""
        self._read = self._overhead = self._head = self._headers = 0
        self.complaint: str | None = None
        self.ready = self.ended = self.keep = self._started = False
        self._forget_head()

    def _forget_head(self) -> None:
        self._declared: bytes | None = None
        self._chunked = self.headed = self._is_http_1 = False
        self.retry_after: str | None = None
        self.kept_for: int | None = None
        self.length: int | None = None

    def feed(self, data: bytes) -> None:
        """Read on. What is wrong after the answer is ready costs only the connection."""
        self._overhead += len(data)
        try:
            if not self._started:
                self._check_start(data)
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.keep = False
            if not self.ready and self.complaint is None:
                self.complaint = f"the answer is not valid HTTP: {error}"
        if self._overhead > 2 * HEAD_LIMIT and not self.ready:
            self.complaint = f"the answer has over {HEADERS_LIMIT} headers, or {HEAD_LIMIT // 1024} KB"
        if self.bodiless and self.headed:
            self._parser = HttpResponseParser(self)  # the old one waits for the body that HEAD only announces

    def _check_start(self, data: bytes) -> None:
        """Let nothing pass that the parser takes for a relative of HTTP (`RTSP/1.0 200 OK`)."""
        if data.startswith(STARTS):
            self._started = self._is_http_1 = True
        elif start := data[:64].lstrip(b"\r\n"):
            self._started = True
            if start[:1] != b"H":
                self._refuse("the answer is not valid HTTP: Expected HTTP/")

    def close(self) -> None:
        """Read the end of the stream, which completes an answer without a length of its own."""
        if self.headed and not self.ready and self.length is None and not self._chunked:
            self.ready = self.ended = True

    @property
    def clipped(self) -> bool:
        """Whether reading stopped at the clip size without knowing how much there is."""
        return self.length is None and self._read > self._clip

    @property
    def size(self) -> int:
        """The length it declares, else the length that was read, up to the clip size."""
        return min(self._read, self._clip) if self.length is None else self.length

    @property
    def remainder(self) -> int | None:
        """How many bytes are still to come, where that is known."""
        return None if self.length is None else self.length - self._read

    def text(self) -> str:
        """The body up to the clip size, as text."""
        return text_of(self._body, complete=self._read <= self._clip)

    def on_message_begin(self) -> None:
        """Read nothing after the answer's end: nobody asked for what that says."""
        if self.ready:
            self._refuse("the answer is followed by another")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note the few headers that matter here; the rest, and trailers, are only counted."""
        self._headers += 1
        self._head += len(name) + len(value) + 4
        if self._headers > HEADERS_LIMIT or self._head > HEAD_LIMIT:
            self._refuse(f"the answer has over {HEADERS_LIMIT} headers, or {HEAD_LIMIT // 1024} KB")
        if self.headed:
            return
        name = name.lower()
        if name == b"content-length":
            self._declared = value
        elif name == b"transfer-encoding":
            self._chunked = value.lower().rpartition(b",")[2].strip() == b"chunked"
        elif name == b"retry-after" and len(value) <= LONGEST_HINT:
            self.retry_after = value.decode("latin-1").replace("\0", "")
        elif name == b"keep-alive" and (found := _TIMEOUT.search(value)):
            self.kept_for = int(found[1])

    def on_headers_complete(self) -> None:
        """Decide how the body ends. The parser has made sure that there is one way only."""
        self.status = status = self._parser.get_status_code()
        if not self._is_http_1 and self._parser.get_http_version() not in VERSIONS:
            self._refuse("the answer is not valid HTTP: neither HTTP/1.1 nor HTTP/1.0")
        if status < 200:
            return
        self.headed = True
        self.keep = self._parser.should_keep_alive()
        if self._declared is not None:
            self.length = int(self._declared)
            if self.length > LONGEST_BODY:
                self._refuse("the answer is not valid HTTP: Content-Length overflow")
        if self.bodiless or status in NO_BODY:
            self.length = 0
        if self.bodiless:
            self.ready = self.ended = True

    def on_body(self, body: bytes) -> None:
        """Keep the body's beginning; an answer that is longer is ready as soon as that is known."""
        if self.bodiless:
            self.keep = False
            return
        self._overhead -= len(body)
        if not self.ready:
            is_all = not self._body and len(body) <= self._clip
            self._body = body if is_all else self._body + body[: self._clip - len(self._body)]
        self._read += len(body)
        self.ready = self.ready or self._read > self._clip

    def on_message_complete(self) -> None:
        """Skip an interim answer, end a final one."""
        if self.headed:
            self.ready = self.ended = True
        elif self.status == 101:
            self._refuse("the answer switches protocols, which nobody asked for")
        elif self.status < 100:
            self._refuse(f"the answer is not valid HTTP: status {self.status}")
        else:
            self._forget_head()

    def _refuse(self, complaint: str) -> None:
        if not self.ready:
            self.complaint = complaint
        raise HttpParserError(complaint)


def text_of(body: bytes, *, complete: bool = True) -> str:
    """Bytes as text: what is not UTF-8 replaced, NUL removed, half a letter at an incomplete end dropped."""
    return utf_8_decode(body, "replace", complete)[0].replace("\0", "")
