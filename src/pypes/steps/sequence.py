"""Sequence: steps in order, each of which sees what came of the one before; the first failure ends it."""

import msgspec

from pypes.errors import InvalidInput
from pypes.steps.llm import Llm
from pypes.steps.webhook import Webhook
from pypes.template import Doubt, check_condition

MOST_STEPS = 50

SequenceStep = Webhook | Llm
"""A sequence inside a sequence cannot be written down, because the types do not allow it."""


class Sequence(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, tag="sequence"
):
    """Steps as they are written in an agent's actions."""

    steps: tuple[SequenceStep, ...]
    id: str | None = None

    @property
    def target(self) -> str:
        """How many steps it has, as logs show it."""
        return f"{len(self.steps)} step{'' if len(self.steps) == 1 else 's'}"

    @property
    def longest(self) -> int:
        """How long one doing of it may take, in microseconds."""
        return sum(step.longest for step in self.steps)

    @property
    def uses_secrets(self) -> bool:
        """Whether one of them looks up any."""
        return any(step.uses_secrets for step in self.steps)

    def check(self) -> None:
        """Raise `InvalidInput` with the place of the first thing that cannot be done."""
        if not 1 <= len(self.steps) <= MOST_STEPS:
            raise InvalidInput(f"a sequence has 1 to {MOST_STEPS} steps", "$.steps")
        for index, step in enumerate(self.steps):
            try:
                _check_step(step)
            except InvalidInput as error:
                raise error.under(f"$.steps[{index}]") from None

    def doubts(self) -> list[Doubt]:
        """What the templates of its steps say that may not be meant."""
        return [
            doubt._replace(path=f"$.steps[{index}]{doubt.path.removeprefix('$')}")
            for index, step in enumerate(self.steps)
            for doubt in step.doubts()
        ]


def _check_step(step: SequenceStep) -> None:
    if step.when is not None:
        try:
            check_condition(step.when)
        except InvalidInput as error:
            raise InvalidInput(error.message, "$.when") from None
    step.check_as_step()
