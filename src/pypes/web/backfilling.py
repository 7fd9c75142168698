"""Backfilling: run the slots of a past range, once each."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import InvalidInput
from pypes.instants import format_instant, parse_instant
from pypes.model.action import TIMED_TYPES
from pypes.store.correcting import backfill, slots_between
from pypes.store.pausing import find_action
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx
from pypes.triggers.timed import Overlap
from pypes.web.answers import answer
from pypes.web.body import read_json
from pypes.web.finding import find_agent
from pypes.web.query import Query
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services


class Backfill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which slots are to run."""

    start: str = msgspec.field(name="from")
    """The moment of the first slot, or before it."""
    to: str
    """The moment of the last slot, or after it; not in the future."""
    action: int | str | None = None
    """The trigger's index, or its `id`; may be left out when the agent has only one."""
    dry_run: bool = False
    """Say which slots would run, and run none."""
    overlap: Overlap = "buffer_all"


class Backfilled(msgspec.Struct, frozen=True):
    """What a backfill does, or would do."""

    records_created: int
    slots: list[str]
    """The slots in the range."""
    runs: list[str]
    """The ids of the runs that were made: slots that were backfilled before get none."""


async def _backfill_agent(services: Services, request: Request, _query: Query) -> Response:
    """Run the slots of a past range."""
    asked: Backfill = await read_json(request, Backfill, services.config.max_body)
    name, now = name_in(request), services.clock.now()
    start, end = _moment("from", asked.start), _moment("to", asked.to)
    if not start <= end <= now:
        raise InvalidInput("a backfill runs from a moment to a later one that is not in the future", "$.to")

    def fill(tx: Tx) -> Backfilled:
        row = _timed_action(tx, name, asked.action)
        slots = slots_between(row, start, end)
        shown = [format_instant(slot) for slot in slots]
        if asked.dry_run:
            return Backfilled(0, shown, [])
        runs = backfill(tx, row, slots, agent=name, overlap=asked.overlap, now=now)
        return Backfilled(len(runs), shown, runs)

    store = services.store
    return answer(await (store.read(fill) if asked.dry_run else store.write(fill)))


def _timed_action(tx: Tx, name: str, action: int | str | None) -> ActionRow:
    actions = tx.actions_of_agent(find_agent(tx, name).id)
    timed = [row for row in actions if row.type in TIMED_TYPES]
    if action is None:
        if len(timed) != 1:
            raise InvalidInput(f"the agent has {len(timed)} timed triggers: name one", "$.action")
        return timed[0]
    chosen = find_action(actions, action)
    if chosen not in timed:
        raise InvalidInput(f"action {action} is a {chosen.type}: only timed triggers have slots", "$.action")
    return chosen


def _moment(field: str, text: str) -> int:
    try:
        return parse_instant(text)
    except InvalidInput as error:
        raise error.under(f"$.{field}") from None


BACKFILL = Operation(do=_backfill_agent, takes=Backfill, gives=Backfilled)
