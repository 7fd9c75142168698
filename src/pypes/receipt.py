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


Outcome = Receipt | Failure
