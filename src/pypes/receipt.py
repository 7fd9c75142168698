"""What the outside said: a receipt when it answered, a failure when it did not."""

import msgspec


class Timing(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How long each phase of an exchange took, in microseconds; phases that did not happen are None."""

    resolve: int | None = None
    connect: int | None = None
    tls: int | None = None
    first_byte: int | None = None
    """From the last byte sent to the first byte received."""
    total: int | None = None
    """From the moment of sending to the end of the answer or the failure."""


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A complete answer, whatever its status: whether that is a success is for the step to say."""

    status: int
    started: int
    """The moment the request was handed to a connection (microseconds UTC)."""
    finished: int
    bytes: int
    """The answer's length: Content-Length, else what was read."""
    clipped: bool
    """True when the length is unknown because reading stopped at the clip size: shown as `4096+`."""
    body: str
    """At most the first 4 KB, undecodable bytes replaced, NUL removed."""
    retry_after: str | None = None
    """The `Retry-After` header as it was sent."""
    timing: Timing = Timing()


class ToolCall(msgspec.Struct, frozen=True):
    """A tool that a model called, and with what."""

    name: str
    arguments: str
    """JSON, the beginning of it."""


class Spent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model used, as its provider counted it."""

    model: str
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    """None when the price is not known: it is never guessed."""
    price: str | None = None
    """Where the price comes from."""
    tools: tuple[ToolCall, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens in and out together."""
        return self.tokens_in + self.tokens_out


class Failure(msgspec.Struct, frozen=True, gc=False):
    """No usable answer; or an answer that the step does not accept, which then stands in `receipt`."""

    message: str
    retryable: bool
    started: int
    finished: int
    timing: Timing = Timing()
    receipt: Receipt | None = None
    is_cancelled: bool = False
    """True when we called the exchange off ourselves."""
    is_unknown: bool = False
    """True when it cannot be known what came of it, and it must not be repeated to find out."""
    spent: Spent | None = None
    """What a model used nevertheless."""


class Thought(msgspec.Struct, frozen=True):
    """What a language model answered."""

    started: int
    finished: int
    output: str
    """JSON: a string, or an object."""
    spent: Spent

    @property
    def timing(self) -> Timing:
        """How long it took."""
        return Timing(total=self.finished - self.started)


Outcome = Receipt | Failure
