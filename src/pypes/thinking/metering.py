"""Metered: a model that counts what it uses, and refuses to be asked once its allowance is spent."""

import sys
from typing import Any, cast

from pydantic_ai.exceptions import UsageLimitExceeded
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from pypes.prompt import LONGEST_ANSWER, Prompt
from pypes.thinking.pricing import price_of


class Metered(WrapperModel):
    """Checks before each request that something is left, and lets no answer be longer than that.

    pydantic-ai's own limits are checked when an answer is there, and its prices are those of the list,
    whatever the address.
    """

    def __init__(self, wrapped: Model, prompt: Prompt) -> None:
        super().__init__(wrapped)
        self._prompt = prompt
        self.usages: list[RequestUsage] = []
        """Of each answer that arrived, also of those that were of no use."""
        self.responses: list[ModelResponse] = []
        self.is_waiting = False
        """True while a request was made whose answer is not there."""

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask, if there is something left to ask with."""
        self._check_requests()
        room: dict[str, Any] = {"max_tokens": min(self._room_of_tokens(model_settings), self._room_of_cost())}
        settings = cast("ModelSettings", (model_settings or {}) | room)
        self.is_waiting = True
        response = await super().request(messages, settings, model_request_parameters)
        self.is_waiting = False
        self.usages.append(response.usage)
        self.responses.append(response)
        return response

    def _check_requests(self) -> None:
        if len(self.usages) >= self._prompt.requests:
            raise UsageLimitExceeded(f"{self._prompt.requests} request(s) were made")

    def _room_of_tokens(self, settings: ModelSettings | None) -> int:
        used = sum(usage.total_tokens for usage in self.usages)
        left = self._prompt.tokens - used
        if left <= 0:
            raise UsageLimitExceeded(f"{used} of {self._prompt.tokens} tokens are used")
        return min((settings or {}).get("max_tokens", LONGEST_ANSWER), left)

    def _room_of_cost(self) -> int:
        """How long an answer can be paid for."""
        most, spent = self._prompt.usd, price_of(self.usages, self._prompt).usd
        one = price_of([RequestUsage(output_tokens=1)], self._prompt).usd
        if most is None or spent is None or not one:
            return sys.maxsize
        if spent >= most:
            raise UsageLimitExceeded(f"{spent:.6f} of {most:.6f} USD are spent")
        return max(1, int((most - spent) / one))
