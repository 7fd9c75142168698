"""Which model answers: `provider:name` as a client of that provider's wire format.

The clients make each request once: whether something may be repeated is for the daemon to decide.
"""

import anthropic
import openai
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.ollama import OllamaModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.models.openrouter import OpenRouterModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openrouter import OpenRouterProvider

from pypes.prompt import Prompt

OPENROUTER = "https://openrouter.ai/api/v1"
OLLAMA = "http://127.0.0.1:11434/v1"
NO_KEY = "none"
"""Servers of one's own ask for no key; the clients insist on one."""

Client = openai.AsyncOpenAI | anthropic.AsyncAnthropic


def model_of(prompt: Prompt) -> tuple[Model, Client]:
    """Give the model, and the client that must be closed when it has answered."""
    if prompt.provider == "anthropic":
        client = anthropic.AsyncAnthropic(
            api_key=prompt.api_key or NO_KEY, base_url=prompt.base_url, max_retries=0
        )
        return AnthropicModel(prompt.model, provider=AnthropicProvider(anthropic_client=client)), client
    address = {"openrouter": OPENROUTER, "ollama": OLLAMA}.get(prompt.provider)
    speaker = openai.AsyncOpenAI(
        api_key=prompt.api_key or NO_KEY, base_url=prompt.base_url or address, max_retries=0
    )
    return _speaking_openai(prompt, speaker), speaker


def _speaking_openai(prompt: Prompt, client: openai.AsyncOpenAI) -> Model:
    match prompt.provider:
        case "openai-responses":
            return OpenAIResponsesModel(prompt.model, provider=OpenAIProvider(openai_client=client))
        case "openrouter":
            return OpenRouterModel(prompt.model, provider=OpenRouterProvider(openai_client=client))
        case "ollama":
            return OllamaModel(prompt.model, provider=OllamaProvider(openai_client=client))
        case _:
            return OpenAIChatModel(prompt.model, provider=OpenAIProvider(openai_client=client))
