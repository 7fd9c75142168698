"""What tokens cost: as the user says, else as the `genai-prices` package knows; else nobody knows."""

from decimal import Decimal

import genai_prices
from pydantic_ai.usage import RequestUsage

from pypes.prompt import Price, Prompt, Quote, Quoted

MILLION = Decimal(1_000_000)
FREE = Quoted(0.0, "free: a model of your own")
_IDS = {"openai-responses": "openai"}
"""Providers that the price list knows by another name."""
SOURCE = f"genai-prices {genai_prices.__version__}"


def quote(asked: Quote) -> Quoted:
    """Say what tokens of a model cost at its provider's own address."""
    if asked.provider == "ollama":
        return FREE
    usage = RequestUsage(input_tokens=asked.input_tokens, output_tokens=asked.output_tokens)
    cost = _listed(usage, asked.provider, asked.model)
    return Quoted(None) if cost is None else Quoted(float(cost), SOURCE)


def price_of(usages: list[RequestUsage], prompt: Prompt) -> Quoted:
    """Say what some requests cost together; unknown as soon as one of them cannot be priced.

    At an address of the user's own, only the user can know the price.
    """
    if prompt.price is not None:
        return Quoted(float(sum((_given(usage, prompt.price) for usage in usages), Decimal())), "the action")
    if prompt.provider == "ollama":
        return FREE
    if prompt.base_url is not None or any(usage.unmeasured_requests for usage in usages):
        return Quoted(None)
    costs = [_listed(usage, prompt.provider, prompt.model) for usage in usages]
    known = [cost for cost in costs if cost is not None]
    return Quoted(float(sum(known, Decimal())), SOURCE) if len(known) == len(costs) else Quoted(None)


def _given(usage: RequestUsage, price: Price) -> Decimal:
    tokens_in, tokens_out = Decimal(usage.input_tokens), Decimal(usage.output_tokens)
    return (tokens_in * Decimal(str(price.input)) + tokens_out * Decimal(str(price.output))) / MILLION


def _listed(usage: RequestUsage, provider: str, model: str) -> Decimal | None:
    try:
        listed = genai_prices.calc_price(usage, model, provider_id=_IDS.get(provider, provider))
    except LookupError:
        return None
    return listed.total_price
