"""Which model answers: `provider:name` as a client of that provider's wire format.

The clients make each request once: whether something may be repeated is for the daemon to decide. Each is
imported when it is needed: together they would double the time that a process takes to start.
"""

# ruff: noqa: PLC0415 - see above
from typing import TYPE_CHECKING

from pydantic_ai.models import Model

from pypes.prompt import Prompt

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

OPENROUTER = "https://openrouter.ai/api/v1"
OLLAMA = "http://127.0.0.1:11434/v1"
NO_KEY = "none"
"""Servers of one's own ask for no key; the clients insist on one."""


def model_of(prompt: Prompt) -> "tuple[Model, AsyncAnthropic | AsyncOpenAI]":
    """Give the model, and the client that must be closed when it has answered."""
    return _of_anthropic(prompt) if prompt.provider == "anthropic" else _speaking_openai(prompt)


def _of_anthropic(prompt: Prompt) -> "tuple[Model, AsyncAnthropic]":
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(api_key=prompt.api_key or NO_KEY, base_url=prompt.base_url, max_retries=0)
    return AnthropicModel(prompt.model, provider=AnthropicProvider(anthropic_client=client)), client


def _speaking_openai(prompt: Prompt) -> "tuple[Model, AsyncOpenAI]":
    from openai import AsyncOpenAI

    address = {"openrouter": OPENROUTER, "ollama": OLLAMA}.get(prompt.provider)
    client = AsyncOpenAI(api_key=prompt.api_key or NO_KEY, base_url=prompt.base_url or address, max_retries=0)
    return _dialect(prompt, client), client


def _dialect(prompt: Prompt, client: "AsyncOpenAI") -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    match prompt.provider:
        case "openai-responses":
            return OpenAIResponsesModel(prompt.model, provider=OpenAIProvider(openai_client=client))
        case "openrouter":
            from pydantic_ai.models.openrouter import OpenRouterModel
            from pydantic_ai.providers.openrouter import OpenRouterProvider

            return OpenRouterModel(prompt.model, provider=OpenRouterProvider(openai_client=client))
        case "ollama":
            from pydantic_ai.models.ollama import OllamaModel
            from pydantic_ai.providers.ollama import OllamaProvider

            return OllamaModel(prompt.model, provider=OllamaProvider(openai_client=client))
        case _:
            return OpenAIChatModel(prompt.model, provider=OpenAIProvider(openai_client=client))
