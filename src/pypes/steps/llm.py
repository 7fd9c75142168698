"""Llm: one question to a language model; its answer is a text, or an object that fits a schema.

A model costs money, so that it is asked once: a run that may have spent some is never repeated by itself.
"""

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Literal

import msgspec

from pypes.clock import SECOND
from pypes.decoding import suggestion
from pypes.errors import InvalidInput
from pypes.instants import parse_duration
from pypes.prompt import Price
from pypes.receipt import Failure
from pypes.secrets import parse_reference
from pypes.steps.headers import check_headers
from pypes.steps.remembering import check_state, value_of
from pypes.steps.retrying import Retry
from pypes.steps.webhook import check_url
from pypes.template import Doubt, check_template, names_in, references_in

PROVIDERS = ("openai", "openai-responses", "anthropic", "ollama", "openrouter")
INSTALL = "pip install 'pypes[llm]'"
LONGEST_SECONDS = 3600
START = 60 * SECOND
"""How long the process that talks to models may take to start, beside what a question may take."""
MOST_REQUESTS = 100
MOST_TOKENS = 100_000_000
MOST_USD = 1_000_000

_MODEL = re.compile(r"(?P<provider>[a-z-]+):(?P<name>\S+)")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """How far one question may go."""

    requests: int = 10
    """Requests to the model: each round of tool calls, and the repair of an answer, is one more."""
    tokens: int = 50_000
    """Tokens in and out, over all of them."""
    seconds: float = 120
    """From the question to the answer; then the process that asks is killed."""
    usd: float | None = None

    def check(self) -> None:
        """Raise `InvalidInput` for what no question could keep."""
        for field, most in (("requests", MOST_REQUESTS), ("tokens", MOST_TOKENS)):
            if not 1 <= getattr(self, field) <= most:
                raise InvalidInput(f"{field} is between 1 and {most}", f"$.{field}")
        if not 0 < self.seconds <= LONGEST_SECONDS:
            raise InvalidInput(f"seconds is more than 0 and at most {LONGEST_SECONDS}", "$.seconds")
        if self.usd is not None and not 0 <= self.usd <= MOST_USD:
            raise InvalidInput(f"usd is between 0 and {MOST_USD}", "$.usd")


class Tools(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An MCP server, and those of its tools that the model may call."""

    url: str
    allow: tuple[str, ...]
    """Their names: others are neither shown to the model nor called."""
    headers: dict[str, str] = {}

    def check(self) -> None:
        """Raise `InvalidInput` with the place of the first mistake."""
        _check_address("url", self.url)
        check_headers(self.headers)
        if not self.allow:
            raise InvalidInput("name the tools that may be called", "$.allow")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is passed on to the model; a provider ignores what it does not know."""

    max_tokens: int | None = None
    """Of one answer; 4096 when absent."""
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop_sequences: list[str] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    thinking: bool | Literal["minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    extra_body: dict[str, Any] | None = None
    """Added to the request's JSON as it is."""


class Llm(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, tag="llm"
):
    """A question to a model as it is written in an agent's actions."""

    model: str
    """`provider:name`."""
    prompt: str
    system: str | None = None
    base_url: str | None = None
    """Of a server that speaks the provider's wire format; the provider's own when absent."""
    api_key: str | None = None
    """A reference, `env:NAME` or `file:NAME`: a key itself is never stored."""
    output_schema: dict[str, Any] | None = None
    """A JSON Schema of an object: the answer is checked against it, and repaired once."""
    tools: tuple[Tools, ...] = ()
    limits: Limits = Limits()
    settings: Settings = Settings()
    price: Price | None = None
    """For a model whose price is not known here."""
    retry: Retry = Retry(backoff="5s")
    """After failures before anything was spent: the server cannot be reached, or says "not now"."""
    when: str | None = None
    """In a sequence: a condition; where it is false, the run ends silently."""
    state: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """JSON with templates: replaces the agent's state if the run succeeds; `output` is the answer."""
    id: str | None = None

    @property
    def provider(self) -> str:
        """Whose wire format is spoken."""
        return self.model.partition(":")[0]

    @property
    def name(self) -> str:
        """What the provider calls it."""
        return self.model.partition(":")[2]

    @property
    def target(self) -> str:
        """Whom it asks, as logs show it."""
        return self.model

    @property
    def longest(self) -> int:
        """How long one doing of it may take, in microseconds."""
        return int(self.limits.seconds * SECOND) + START

    @property
    def attempts(self) -> int:
        """How often it is tried in all, as long as nothing was spent."""
        return self.retry.attempts

    def retry_delay(self, _failure: Failure, *, attempt: int, spread: float) -> int:
        """Microseconds to wait after `attempt` failed; `spread` in 0..1 is its jitter."""
        nominal = min(
            parse_duration(self.retry.backoff) << (attempt - 1), parse_duration(self.retry.max_backoff)
        )
        return int(nominal * (0.8 + 0.4 * spread))

    def check(self) -> None:
        """Raise `InvalidInput` with the place of the first thing that cannot be done."""
        if self.when is not None:
            raise InvalidInput("`when` stands on a step of a sequence, or on the trigger", "$.when")
        self.check_as_step()

    def check_as_step(self) -> None:
        """Raise `InvalidInput` for what cannot be done in a sequence either."""
        if not is_installed():
            raise InvalidInput(f"llm actions need what is installed by: {INSTALL}", "$.type")
        self._check_model()
        if self.base_url is not None:
            _check_address("base_url", self.base_url)
        if self.api_key is not None:
            _check_reference("$.api_key", self.api_key)
        if self.output_schema is not None and self.output_schema.get("type") != "object":
            raise InvalidInput('it describes an object: "type": "object"', "$.output_schema")
        _check_part("limits", self.limits)
        for index, server in enumerate(self.tools):
            _check_part(f"tools[{index}]", server)
        self._check_rest()

    def _check_model(self) -> None:
        match = _MODEL.fullmatch(self.model)
        if match is None:
            raise InvalidInput(f"`{self.model}` is not written like provider:name", "$.model")
        if match["provider"] not in PROVIDERS:
            near = suggestion(match["provider"], PROVIDERS)
            raise InvalidInput(
                f"`{match['provider']}` is not a provider known here{near} "
                "(any server that speaks OpenAI's format: openai, with a base_url)",
                "$.model",
            )

    def _check_rest(self) -> None:
        if not self.prompt.strip():
            raise InvalidInput("there is nothing to ask", "$.prompt")
        if self.price is not None and min(self.price.input, self.price.output) < 0:
            raise InvalidInput("a price is 0 or more", "$.price")
        self.retry.check()
        most = self.settings.max_tokens
        if most is not None and not 1 <= most <= MOST_TOKENS:
            raise InvalidInput(f"max_tokens is between 1 and {MOST_TOKENS}", "$.settings.max_tokens")
        self.doubts()

    def doubts(self) -> list[Doubt]:
        """What its templates say that may not be meant; raise `InvalidInput` for one that cannot be read."""
        headers = [{"headers": dict(server.headers)} for server in self.tools]
        texts = {"prompt": self.prompt, "system": self.system, "tools": headers}
        doubts = check_template(texts)
        for path, reference in references_in(texts):
            _check_reference(path, reference)
        return doubts + check_state(self.state)

    @property
    def uses_secrets(self) -> bool:
        """Whether it looks up any."""
        return self.api_key is not None or "secret" in names_in(self.texts)

    @property
    def texts(self) -> Any:
        """All that may hold templates, as JSON."""
        headers = [dict(server.headers) for server in self.tools]
        return [self.prompt, self.system, headers, value_of(self.state)]


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Whether the extra is there; looked up without importing it, which takes seconds."""
    return find_spec("pydantic_ai") is not None


def _check_part(place: str, part: Limits | Tools) -> None:
    try:
        part.check()
    except InvalidInput as error:
        raise error.under(f"$.{place}") from None


def _check_address(field: str, url: str) -> None:
    """Refuse at once what no setting will ever allow; the rest is judged by what the name resolves to."""
    try:
        check_url(url)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.{field}") from None


def _check_reference(path: str, reference: str) -> None:
    try:
        parse_reference(reference)
    except InvalidInput as error:
        raise InvalidInput(f"{error.message}; a value itself would be stored and shown", path) from None
