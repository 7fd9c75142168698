"""What is asked of a language model, and what comes back: the lines between the daemon and a model process.

Each is one JSON object on a line of its own; a process answers one question at a time.
"""

from typing import Any

import msgspec

from pypes.receipt import Spent

LONGEST_ANSWER = 4096
"""Tokens of an answer, unless the action says otherwise: what a budget is held for, and what is asked for."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model costs, in USD for a million tokens."""

    input: float
    output: float


class Server(msgspec.Struct, frozen=True):
    """An MCP server, and which of its tools may be called."""

    url: str
    allow: tuple[str, ...]
    headers: dict[str, str] = {}


class Prompt(msgspec.Struct, frozen=True, kw_only=True, tag="prompt"):
    """One question to a model, with everything resolved: no templates, no references."""

    provider: str
    model: str
    base_url: str | None = None
    api_key: str | None = None
    prompt: str
    system: str | None = None
    output_schema: dict[str, Any] | None = None
    tools: tuple[Server, ...] = ()
    requests: int
    """How many requests may be made to the model: each round of tool calls and the repair are one more."""
    tokens: int
    """How many tokens may be used, in and out together."""
    usd: float | None = None
    """How much may be spent; only where the price is known."""
    settings: dict[str, Any] = {}
    price: Price | None = None
    """What the user says it costs; None to look it up."""


class Quote(msgspec.Struct, frozen=True, kw_only=True, tag="quote"):
    """Asks what tokens of a model cost."""

    provider: str
    model: str
    input_tokens: int
    output_tokens: int


class Quoted(msgspec.Struct, frozen=True, tag="quoted"):
    """What tokens cost, in USD; None when the price is not known."""

    usd: float | None
    source: str | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag="reply"):
    """The model's answer."""

    output: msgspec.Raw
    """JSON: a string, or the object that `output_schema` asked for."""
    spent: Spent


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """No answer that can be used."""

    message: str
    retryable: bool = False
    """True when nothing can have been spent, and the same question may succeed later."""
    is_unknown: bool = False
    """True when it cannot be known whether something was spent."""
    spent: Spent


Question = Prompt | Quote
Answer = Reply | Refusal | Quoted
