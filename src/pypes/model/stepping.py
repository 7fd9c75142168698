"""Stepping: the pure rules about runs that are done step by step: what each gives, and how it is told."""

from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from pypes.model.action import decode_action, step_of
from pypes.model.budget import Amount, nano, usd_text
from pypes.model.run import Attempt, Claimed
from pypes.receipt import Failure, Receipt, Thought
from pypes.steps.sequence import Sequence, SequenceStep
from pypes.template import names_in

SHOWN_BODY = 4096
"""Characters of an answer that the ledger keeps; the next step sees all that was read."""

_attempts = msgspec.json.Decoder(list[Attempt])


def steps_of(definition: str) -> tuple[SequenceStep, ...]:
    """The steps of an action, one after the other."""
    step = step_of(decode_action(definition))
    return step.steps if isinstance(step, Sequence) else (step,)


@lru_cache(maxsize=1024)
def names_of_steps(definition: str) -> frozenset[str]:
    """What the templates and conditions of all steps speak about."""
    names: set[str] = set()
    for step in steps_of(definition):
        names |= names_in(step.texts)
        names |= names_in(f"{{{{ {step.when} }}}}") if step.when else set()
    return frozenset(names)


def words_of(step: SequenceStep) -> str:
    """A digest of a step as it is written: what it gave is used again only while it reads the same."""
    return blake2b(msgspec.json.encode(step), digest_size=8).hexdigest()


def is_sequence(definition: str) -> bool:
    """Whether the steps of an action are told apart by their number."""
    return isinstance(step_of(decode_action(definition)), Sequence)


def attempt_of(outcome: Receipt | Failure | Thought, step: int | None) -> Attempt:
    """Say how one try of a step ended, as the ledger keeps it."""
    failure = outcome if isinstance(outcome, Failure) else None
    receipt = failure.receipt if failure else outcome if isinstance(outcome, Receipt) else None
    return Attempt(
        started=outcome.started,
        finished=outcome.finished,
        status=receipt.status if receipt else None,
        bytes=receipt.bytes if receipt else None,
        clipped=receipt.clipped if receipt else False,
        body=receipt.body[:SHOWN_BODY] if receipt else None,
        error=failure.message if failure else None,
        timing=outcome.timing,
        step=step,
        output=msgspec.Raw(outcome.output.encode()) if isinstance(outcome, Thought) else msgspec.UNSET,
        spent=outcome.spent if isinstance(outcome, Failure | Thought) else None,
    )


def output_of(done: Receipt | Thought) -> Any:
    """What later steps see of a step: a model's answer; or status, body and, if it is JSON, `json`."""
    if isinstance(done, Thought):
        return msgspec.json.decode(done.output)
    return _answer(done.status, done.body)


def is_silent(output: Any) -> bool:
    """Whether a model had nothing to say."""
    return isinstance(output, str) and not output.strip()


def tries_before(run: Claimed, step: int | None) -> int:
    """How often a step was tried in vain, in a row."""
    tries = 0
    for attempt in reversed(_attempts.decode(run.attempts)):
        if attempt.step != step or attempt.error is None:
            return tries
        tries += 1
    return tries


def used_in(attempts: str) -> Amount:
    """What models have used in all attempts of a run."""
    used = Amount()
    for attempt in _attempts.decode(attempts):
        if attempt.spent is not None:
            used += Amount(attempt.spent.tokens, nano(attempt.spent.usd or 0))
    return used


def summary_of(attempts: str, *, definition: str, is_silent: bool) -> str:
    """What the log says of a run: how many steps were done, and what models have used."""
    tried, step = _attempts.decode(attempts), step_of(decode_action(definition))
    done = sum(attempt.note is None and attempt.error is None for attempt in tried)
    parts = ["silent"] if is_silent else []
    if isinstance(step, Sequence):
        parts.append(f"{done} of {len(step.steps)} steps")
    spent = [attempt.spent for attempt in tried if attempt.spent is not None]
    if spent:
        parts.append(f"{sum(each.tokens for each in spent)} tokens")
        known = [each.usd for each in spent if each.usd is not None]
        cost = f"{usd_text(nano(sum(known)))} USD" if len(known) == len(spent) else "price unknown"
        parts.append(cost)
    return ", ".join(parts) or "done"


def _answer(status: int, body: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": status, "body": body}
    try:
        answer["json"] = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return answer
    return answer
