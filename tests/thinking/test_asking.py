"""Asking: tools, limits and prices, in the code that runs in the model process."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from model_server import ModelServer, Said
from pypes.prompt import Answer, Price, Prompt, Quote, Refusal, Reply, Server
from pypes.thinking.asking import ask
from pypes.thinking.pricing import quote

from .tool_server import ToolServer

DEAR = Price(10, 20)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer().listening() as server:
        yield server


def put(model: ModelServer, *script: Said, **fields: Any) -> Answer:
    model.script = list(script)
    given: dict[str, Any] = {"provider": "openai", "model": "test-model", "base_url": model.url}
    given |= {"prompt": "hi", "requests": 10, "tokens": 10_000, "price": DEAR}
    return asyncio.run(ask(Prompt(**(given | fields))))


def text_of(answer: Answer) -> Any:
    assert isinstance(answer, Reply), answer
    return msgspec.json.decode(answer.output)


def test_a_model_may_call_the_tools_that_are_allowed_and_sees_no_others(model: ModelServer) -> None:
    with ToolServer().listening() as tools:
        answer = put(
            model,
            Said(tools=(("search", {"query": "invoice"}),)),
            Said("The invoice is urgent"),
            tools=(Server(url=tools.url, allow=("search",)),),
        )
        assert text_of(answer) == "The invoice is urgent"
        assert isinstance(answer, Reply)
        assert [(call.name, call.arguments) for call in answer.spent.tools] == [
            ("search", '{"query":"invoice"}')
        ]
        assert answer.spent.requests == 2
        shown = [tool["function"]["name"] for tool in model.asked[0].body["tools"]]
        assert shown == ["search"]
        assert tools.searched == ["invoice"]
        assert "found: invoice is urgent" in model.asked[1].words


def test_a_tool_that_is_not_allowed_is_not_called_even_if_the_model_asks_for_it(model: ModelServer) -> None:
    with ToolServer().listening() as tools:
        put(
            model,
            Said(tools=(("delete", {"mail": "1"}),)),
            Said("I could not"),
            tools=(Server(url=tools.url, allow=("search",)),),
        )
        assert tools.deleted == []


def test_a_tool_server_that_is_not_there_costs_nothing(model: ModelServer) -> None:
    answer = put(model, tools=(Server(url="http://127.0.0.1:9/mcp", allow=("search",)),))
    assert isinstance(answer, Refusal)
    assert not answer.is_unknown
    assert model.asked == []


def test_rounds_of_tools_end_at_the_limit_of_requests(model: ModelServer) -> None:
    with ToolServer().listening() as tools:
        again = Said(tools=(("search", {"query": "more"}),))
        answer = put(model, *[again] * 9, requests=3, tools=(Server(url=tools.url, allow=("search",)),))
        assert isinstance(answer, Refusal)
        assert answer.message == "a limit is reached: 3 request(s) were made"
        assert answer.spent.requests == 3
        assert len(model.asked) == 3


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"tokens": 150}, "200 of 150 tokens are used"),
        ({"usd": 0.001}, "0.002200 of 0.001000 USD are spent"),
    ],
)
def test_a_limit_that_is_reached_lets_no_further_request_be_made(
    model: ModelServer, limits: dict[str, Any], sentence: str
) -> None:
    with ToolServer().listening() as tools:
        again = Said(tools=(("search", {"query": "more"}),), tokens=(180, 20))
        server = Server(url=tools.url, allow=("search",))
        answer = put(model, *[again] * 9, tools=(server,), **limits)
        assert isinstance(answer, Refusal)
        assert answer.message == f"a limit is reached: {sentence}"
        assert len(model.asked) == 1


def test_an_answer_may_be_as_long_as_the_settings_say_and_the_limits_allow(model: ModelServer) -> None:
    for settings, limits, longest in [
        ({}, {}, 4096),
        ({"max_tokens": 50}, {}, 50),
        ({"max_tokens": 50_000}, {}, 10_000),
        ({}, {"usd": 0.002}, 100),
    ]:
        put(model, Said("x"), settings=settings, **limits)
        assert model.asked[-1].body["max_completion_tokens"] == longest


def test_malformed_arguments_of_the_output_are_repaired_once(model: ModelServer) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    broken, good = Said(tools=(("final_result", '{"n":'),)), Said(tools=(("final_result", {"n": 1}),))
    assert text_of(put(model, broken, good, output_schema=schema)) == {"n": 1}
    assert isinstance(put(model, broken, broken, broken, output_schema=schema), Refusal)


def test_an_object_may_also_come_as_text(model: ModelServer) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    assert text_of(put(model, Said('{"n": 2}'), output_schema=schema)) == {"n": 2}


def test_a_price_is_the_users_else_the_lists_and_never_a_guess(model: ModelServer) -> None:
    def spent(**fields: Any) -> Any:
        answer = put(model, Said("x", tokens=(1000, 100)), **fields)
        assert isinstance(answer, Reply)
        return answer.spent.usd, answer.spent.price

    assert spent() == (0.012, "the action")
    assert spent(price=None) == (None, None)
    assert spent(provider="ollama", price=None) == (0.0, "free: a model of your own")
    listed = quote(Quote(provider="openai", model="gpt-4o-mini", input_tokens=1000, output_tokens=100))
    assert listed.usd == pytest.approx(0.00021)
    assert (listed.source or "").startswith("genai-prices ")
    unheard = Quote(provider="openai", model="never-heard-of", input_tokens=1, output_tokens=1)
    assert quote(unheard).usd is None


def test_nothing_is_repeated_by_the_providers_clients(model: ModelServer) -> None:
    put(model, Said(status=429), Said("too late"))
    assert len(model.asked) == 1
    base = model.url.removesuffix("/v1")
    put(model, Said(status=529), Said("too late"), provider="anthropic", base_url=base)
    assert len(model.asked) == 2
