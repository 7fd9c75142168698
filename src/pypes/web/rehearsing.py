"""Rehearsing: what the steps of an action would say now; nothing is sent, asked or stored."""

import asyncio

import msgspec

from pypes.errors import InvalidInput
from pypes.model.run import run_id
from pypes.model.stepping import names_of_steps, steps_of
from pypes.prompt import Prompt
from pypes.secrets import Revealed, secrets_of
from pypes.steps.llm import Llm
from pypes.steps.sequence import SequenceStep
from pypes.steps.wording import Wording
from pypes.store.context import About, context_for
from pypes.store.rows import ActionRow
from pypes.template import names_in
from pypes.web.outcome import Outcome, Rendered, shown
from pypes.web.services import Services

PREVIOUS = "previous"


async def rehearse(services: Services, agent: str, row: ActionRow, kind: str, now: int) -> Outcome:
    """Say of each step what would be sent or asked; what depends on one before stands as it is written."""
    run = run_id(now, row.id, "manual")
    about = About(run, agent, row.id, now, "manual", 1)
    names = names_of_steps(row.definition)
    known = await services.store.read(lambda tx: context_for(tx, about, names=names, now=now))
    reveal = Revealed(secrets_of(services.config.home, services.config.secret_names))
    wording = Wording(known.context, reveal)
    rendered = []
    for number, step in enumerate(steps_of(row.definition)):
        try:
            rendered.append(await asyncio.to_thread(_rendered, wording, step, f"{run}-{number}", now))
        except InvalidInput as error:
            if number == 0 or PREVIOUS not in names_in(step.texts):
                message = f"step {number} cannot be prepared: {wording.masked_text(error.message)}"
                return Outcome(action=row.position, type=kind, ok=False, error=message)
            rendered.append(_as_written(step))
    return Outcome(action=row.position, type=kind, ok=True, dry=True, steps=rendered)


def _rendered(wording: Wording, step: SequenceStep, request_id: str, now: int) -> Rendered:
    if isinstance(step, Llm):
        return _question(wording, step, wording.prompt(step))
    call = wording.call(step)
    return shown(call.request(run_id=request_id, attempt=1, slot=now, now=now), call, step.target)


def _question(wording: Wording, step: Llm, prompt: Prompt) -> Rendered:
    """A question is shown as what is said to the model, whatever its wire format."""
    said = prompt.prompt if prompt.system is None else f"{prompt.system}\n\n{prompt.prompt}"
    return Rendered("ASK", step.model, {}, wording.masked_text(said))


def _as_written(step: SequenceStep) -> Rendered:
    if isinstance(step, Llm):
        return Rendered("ASK", step.model, {}, step.prompt)
    payload = step.payload
    body = None if isinstance(payload, msgspec.UnsetType) else bytes(payload).decode()
    return Rendered(step.method, step.target, {}, body)
