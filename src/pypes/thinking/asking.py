"""Ask a model: its tools, its limits, the check of its output, and what each kind of failure means."""

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import msgspec
from pydantic_ai import Agent, ModelResponse, ModelRetry, StructuredDict, ToolCallPart, UsageLimits
from pydantic_ai.exceptions import (
    ModelConnectionError,
    ModelHTTPError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from pypes.prompt import Answer, Prompt, Refusal, Reply
from pypes.receipt import Spent, ToolCall
from pypes.thinking.metering import Metered
from pypes.thinking.pricing import price_of
from pypes.thinking.providers import model_of
from pypes.thinking.tools import toolsets_of

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

OUTPUT_TOOL = "final_result"
"""Under this name pydantic-ai lets a model give its structured output."""
SHOWN_ARGUMENTS = 500
"""Characters of a tool call's arguments that the receipt keeps."""
SHOWN_ERROR = 300
NOT_STARTED = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503, 529})
"""Statuses by which a provider says that it did not begin: nothing was spent."""
NO_OTHERS = UsageLimits(request_limit=None)
"""The limits are `Metered`'s."""
LATER = frozenset({429, 503, 529})
"""Those of them by which it says "not now"."""


async def ask(prompt: Prompt) -> Answer:
    """Ask once, with tools and one repair; whatever goes wrong is an answer too."""
    model, client = model_of(prompt)
    metered = Metered(model, prompt)
    try:
        settings = cast("ModelSettings", prompt.settings)
        result = await _agent(prompt, metered).run(
            prompt.prompt, usage_limits=NO_OTHERS, model_settings=settings
        )
    except Exception as error:  # noqa: BLE001 - a model process answers whatever happens
        return _refusal(error, _spent(prompt, metered), is_unknown=metered.is_waiting)
    finally:
        await _close(client)
    return Reply(output=_output(result.output), spent=_spent(prompt, metered))


def _agent(prompt: Prompt, model: Model) -> "Agent[None, Any]":
    wanted = str if prompt.output_schema is None else StructuredDict(prompt.output_schema, name="answer")
    agent: Agent[None, Any] = Agent(
        model,
        output_type=[wanted, type(None)] if wanted is str else wanted,
        instructions=prompt.system,
        toolsets=toolsets_of(prompt.tools),
        retries={"tools": 1, "output": 1},
    )
    if prompt.output_schema is not None:
        _check_output(agent, prompt.output_schema)
    return agent


def _check_output(agent: "Agent[None, Any]", schema: dict[str, Any]) -> None:
    """Let an object that breaks the schema go back to the model once, with what is wrong about it."""
    validator = jsonschema.validators.validator_for(schema)(schema)

    @agent.output_validator
    def validate(output: Any) -> Any:
        mistakes = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(output)]
        if mistakes:
            raise ModelRetry("the answer does not fit its schema: " + "; ".join(mistakes[:5]))
        return output


def _output(output: Any) -> msgspec.Raw:
    text = json.dumps("" if output is None else output, ensure_ascii=False, allow_nan=False)
    return msgspec.Raw(text.replace("\\u0000", "\\ufffd").encode())


def _spent(prompt: Prompt, metered: Metered) -> Spent:
    usages, quoted = metered.usages, price_of(metered.usages, prompt)
    return Spent(
        model=f"{prompt.provider}:{prompt.model}",
        requests=len(usages),
        tokens_in=sum(usage.input_tokens for usage in usages),
        tokens_out=sum(usage.output_tokens for usage in usages),
        usd=quoted.usd,
        price=quoted.source,
        tools=tuple(_tool_calls(metered.responses)),
    )


def _tool_calls(responses: list[ModelResponse]) -> Iterator[ToolCall]:
    """Calls of real tools; the one by which a model gives its structured output is none."""
    for response in responses:
        for part in response.parts:
            if isinstance(part, ToolCallPart) and part.tool_name != OUTPUT_TOOL:
                yield ToolCall(part.tool_name, part.args_as_json_str()[:SHOWN_ARGUMENTS])


def _refusal(error: Exception, spent: Spent, *, is_unknown: bool) -> Refusal:
    """Say what went wrong; something may have been spent unless the provider said that it did not begin.

    `is_unknown` says that a request was made whose answer never came.
    """
    match error:
        case UsageLimitExceeded():
            return Refusal(message=f"a limit is reached: {_short(error)}", spent=spent)
        case ModelHTTPError():
            return _of_status(error, spent)
        case ModelConnectionError():
            never_left = _never_left(error)
            message = f"the model cannot be reached: {_cause(error)}"
            return Refusal(
                message=message,
                retryable=never_left and not spent.requests,
                is_unknown=not never_left,
                spent=spent,
            )
        case UnexpectedModelBehavior():
            return Refusal(message=f"the model's answer cannot be used: {_short(error)}", spent=spent)
        case _:
            message = f"asking the model failed: {_short(error)}"
            return Refusal(message=message, is_unknown=is_unknown, spent=spent)


def _of_status(error: ModelHTTPError, spent: Spent) -> Refusal:
    status = error.status_code
    body = json.dumps(error.body, default=str, ensure_ascii=False)[:SHOWN_ERROR]
    return Refusal(
        message=f"the model's server answered {status}: {body}",
        retryable=status in LATER and not spent.requests,
        is_unknown=status not in NOT_STARTED,
        spent=spent,
    )


def _never_left(error: BaseException) -> bool:
    """Whether no connection came about, so that no request can have been read."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
        if type(error).__name__ in {"ConnectError", "ConnectTimeout", "ConnectionRefusedError", "gaierror"}:
            return True
    return False


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return _short(error)


def _short(error: BaseException) -> str:
    """What it says, without the hints for programmers."""
    return (str(error).partition(". Consider")[0] or type(error).__name__)[:SHOWN_ERROR]


async def _close(client: "AsyncAnthropic | AsyncOpenAI") -> None:
    with contextlib.suppress(Exception):  # it is of no use any more
        await client.close()
