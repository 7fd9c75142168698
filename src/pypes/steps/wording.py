"""Wording: what the steps of one run say, rendered right before each is done; and what of it is masked."""

from typing import Any

import msgspec

from pypes.errors import InvalidInput
from pypes.prompt import Prompt, Server
from pypes.receipt import Failure, Outcome
from pypes.secrets import Mask
from pypes.steps.call import Call
from pypes.steps.llm import Llm, Tools
from pypes.steps.remembering import LARGEST_STATE
from pypes.steps.rendering import Reveal, Unrendered, ready
from pypes.steps.sequence import SequenceStep
from pypes.steps.webhook import Webhook
from pypes.template import holds, render_json, render_text


class Wording:
    """Renders with what the agent knew when the run began, and with what came of the step before."""

    def __init__(self, context: dict[str, Any], reveal: Reveal) -> None:
        self._revealed = reveal
        self._context = context | {"previous": None}

    def remember(self, output: Any) -> None:
        """Let the next step see what came of this one."""
        self._context["previous"] = output

    def wants(self, step: SequenceStep) -> bool:
        """Whether a step's condition holds."""
        return step.when is None or holds(step.when, self._context)

    def call(self, step: Webhook) -> Call:
        """A webhook, ready to be sent."""
        call = ready(step)
        return call.render(self._context, self._revealed) if isinstance(call, Unrendered) else call

    def prompt(self, step: Llm) -> Prompt:
        """A question, but for what it may use."""
        context = self._context | {"secret": self._revealed}
        return Prompt(
            provider=step.provider,
            model=step.name,
            base_url=step.base_url,
            api_key=None if step.api_key is None else self._revealed(step.api_key),
            prompt=render_text(step.prompt, context),
            system=None if step.system is None else render_text(step.system, context),
            output_schema=step.output_schema,
            tools=tuple(self._server(server, context) for server in step.tools),
            requests=step.limits.requests,
            tokens=step.limits.tokens,
            settings=_given(step),
            price=step.price,
        )

    def state(self, step: SequenceStep, output: Any) -> str | None:
        """What replaces the agent's state, as JSON; None when the step says nothing about it."""
        if isinstance(step.state, msgspec.UnsetType):
            return None
        rendered = render_json(bytes(step.state).decode(), self._context | {"output": output})
        if len(rendered.encode()) > LARGEST_STATE:
            raise InvalidInput(f"the state would be larger than {LARGEST_STATE // 1024} KB: keep less in it")
        return rendered

    def masked(self, outcome: Outcome) -> Outcome:
        """An outcome in which no secret stands that this run has looked up."""
        if isinstance(outcome, Failure):
            return self.masked_failure(outcome)
        mask = Mask(self._revealed.values)
        body = mask.cut(outcome.body) if outcome.clipped else mask(outcome.body)
        return msgspec.structs.replace(outcome, body=body)

    def masked_failure(self, failure: Failure) -> Failure:
        """A failure in which no secret stands that this run has looked up."""
        receipt = failure.receipt
        if receipt is not None:
            receipt = msgspec.structs.replace(receipt, body=self.masked_text(receipt.body))
        return msgspec.structs.replace(failure, message=self.masked_text(failure.message), receipt=receipt)

    def masked_text(self, text: str) -> str:
        """A text in which no secret stands that this run has looked up."""
        return Mask(self._revealed.values)(text)

    def _server(self, server: Tools, context: dict[str, Any]) -> Server:
        headers = {name: render_text(value, context) for name, value in server.headers.items()}
        headers["pypes-run"] = str(context["run"]["id"])  # by which pypes itself knows requests of runs
        return Server(url=server.url, allow=server.allow, headers=headers)


def _given(step: Llm) -> dict[str, Any]:
    """The settings that are given: a provider's own defaults apply to the others."""
    given = msgspec.structs.asdict(step.settings)
    return {name: value for name, value in given.items() if value is not None}
