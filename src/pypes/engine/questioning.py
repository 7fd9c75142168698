"""Questioning: one question to a model, from its price and its budget to its answer."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from pypes.engine.means import Means
from pypes.engine.worker import WorkerDied
from pypes.engine.workers import Lent, NotStarted, Overdue
from pypes.errors import InvalidInput
from pypes.model.budget import Amount, Refused, Wish, nano
from pypes.prompt import LONGEST_ANSWER, Answer, Prompt, Quote, Quoted, Refusal, Reply
from pypes.receipt import Failure, Thought
from pypes.steps.llm import INSTALL
from pypes.store.run_rows import HeldRow
from pypes.url import split_url

BYTES_A_TOKEN = 3
"""An estimate on the safe side: English has four, other languages and code have fewer."""
AROUND = 50
"""Tokens that a wire format adds to a prompt."""
QUOTE_SECONDS = 30.0
"""Time for a price: nobody is asked but a list in the model process."""
MAY_HAVE_COST = "it may have cost something, and is not repeated by itself"

Begin = Callable[[Wish], Awaitable[HeldRow | Refused | None]]


class Lost(Exception):
    """The run is no longer held here: whoever holds it now goes on."""


class Questioning:
    """Asks on behalf of one step of one run."""

    def __init__(self, prompt: Prompt, means: Means, *, seconds: float, usd: float | None) -> None:
        self._prompt = prompt
        self._means = means
        self._clock = means.tools.clock
        self._seconds = seconds
        self._usd = usd
        self.is_asked = False
        """True from the moment from which it may cost something."""

    async def ask(self, begin: Begin) -> Thought | Failure | Refused:
        """Ask once; `begin` writes down that it is about to be asked, and holds what it may use."""
        started = self._clock.now()
        try:
            await self._check_addresses()
            async with self._means.workers.lend() as lent:
                return await self._ask(lent, begin)
        except InvalidInput as error:
            return Failure(error.message, retryable=False, started=started, finished=self._clock.now())
        except NotStarted as error:
            message = f"the process that talks to models cannot be started ({error}): try {INSTALL}"
            return Failure(message, retryable=True, started=started, finished=self._clock.now())

    async def _ask(self, lent: Lent, begin: Begin) -> Thought | Failure | Refused:
        try:
            wish = await self._wish(lent)
        except (Overdue, WorkerDied) as error:
            raise NotStarted(str(error) or "it did not answer") from None
        held = await begin(wish)
        if held is None:
            raise Lost
        if isinstance(held, Refused):
            return held
        self.is_asked = True
        return await self._put(lent, self._within(wish, held), self._clock.now())

    async def _put(self, lent: Lent, prompt: Prompt, started: int) -> Thought | Failure:
        try:
            answer = await lent.ask(prompt, at_most=self._seconds)
        except Overdue:
            message = f"the model did not answer within {self._seconds:g} seconds: {MAY_HAVE_COST}"
            return self._unknown(message, started)
        except WorkerDied as error:
            return self._unknown(f"the process that asks died ({error}): {MAY_HAVE_COST}", started)
        return self._outcome(answer, started)

    def _outcome(self, answer: Answer, started: int) -> Thought | Failure:
        finished = self._clock.now()
        if isinstance(answer, Reply):
            output = bytes(answer.output).decode()
            return Thought(started=started, finished=finished, output=output, spent=answer.spent)
        if isinstance(answer, Refusal):
            after = f": {MAY_HAVE_COST}" if answer.is_unknown else ""
            return Failure(
                answer.message + after,
                retryable=answer.retryable,
                started=started,
                finished=finished,
                is_unknown=answer.is_unknown,
                spent=None if answer.is_unknown else answer.spent,
            )
        raise TypeError("a quote is no answer to a prompt")

    def _unknown(self, message: str, started: int) -> Failure:
        finished = self._clock.now()
        return Failure(message, retryable=False, started=started, finished=finished, is_unknown=True)

    async def _wish(self, lent: Lent) -> Wish:
        prompt, words = self._prompt, _size(self._prompt)
        least = len(words) // BYTES_A_TOKEN + AROUND
        if least >= prompt.tokens:
            raise InvalidInput(
                f"the prompt has about {least} tokens, and `limits.tokens` is {prompt.tokens}: "
                "ask less, or raise the limit"
            )
        answer = min(prompt.settings.get("max_tokens") or LONGEST_ANSWER, prompt.tokens)
        most_usd = await self._price(lent, prompt.tokens - answer, answer)
        least_usd = await self._price(lent, least, 0)
        if self._usd is not None and most_usd is None:
            raise InvalidInput(
                "`limits.usd` cannot be kept, because the price of this model is not known: give it a `price`"
            )
        wanted = most_usd if self._usd is None else self._usd
        return Wish(
            most=Amount(prompt.tokens, nano(wanted or 0)),
            least=Amount(least, nano(least_usd or 0)),
            is_priced=most_usd is not None,
        )

    async def _price(self, lent: Lent, tokens_in: int, tokens_out: int) -> float | None:
        """What tokens cost in USD; None where nobody can know."""
        prompt = self._prompt
        if prompt.price is not None:
            return (tokens_in * prompt.price.input + tokens_out * prompt.price.output) / 1_000_000
        if prompt.provider == "ollama":
            return 0.0
        if prompt.base_url is not None:
            return None
        quote = Quote(
            provider=prompt.provider, model=prompt.model, input_tokens=tokens_in, output_tokens=tokens_out
        )
        answer = await lent.ask(quote, at_most=QUOTE_SECONDS)
        return answer.usd if isinstance(answer, Quoted) else None

    def _within(self, wish: Wish, held: HeldRow) -> Prompt:
        """The prompt with what it may use: what was held for it."""
        usd = held.nano_usd / nano(1) if wish.is_priced and held.nano_usd else None
        return msgspec.structs.replace(self._prompt, tokens=held.tokens, usd=usd)

    async def _check_addresses(self) -> None:
        """Judge the addresses to which names resolve, by the same rules as for webhooks."""
        urls = [server.url for server in self._prompt.tools]
        urls += [self._prompt.base_url] if self._prompt.base_url else []
        loop = asyncio.get_running_loop()
        for url in urls:
            origin, *_ = split_url(url)
            if self._means.proxy is not None and self._means.proxy.serves(origin):
                continue  # it is the proxy that looks the name up
            try:
                found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
            except OSError as error:
                raise InvalidInput(f"{origin.host} cannot be looked up: {error.strerror}") from None
            for address in {str(each[4][0]) for each in found}:
                self._means.rules.check(origin.host, address)


def _size(prompt: Prompt) -> bytes:
    """All that is sent as words."""
    schema: Any = prompt.output_schema
    words = (prompt.prompt + (prompt.system or "")).encode()
    return words + (msgspec.json.encode(schema) if schema else b"")
