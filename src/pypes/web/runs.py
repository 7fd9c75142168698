"""Runs: the ledger."""

from typing import Annotated, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import InvalidInput
from pypes.model.run import State
from pypes.store.run_rows import RunRow
from pypes.store.runs import LAST_ID
from pypes.store.tx import Tx
from pypes.store.watch import first_id
from pypes.web.answers import answer, answer_encoded
from pypes.web.finding import find_run
from pypes.web.query import Cursor, Limit, Query, moment
from pypes.web.resource import Operation, in_path
from pypes.web.services import Services
from pypes.web.shapes import Run, run_shape

Cause = Literal["cron", "every", "at", "reboot", "input", "manual", "backfill", "on_failure"]
"""What let a run be born."""


class RunQuery(Query, frozen=True, kw_only=True):
    """Which runs."""

    agent: str | None = None
    action: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    state: State | None = None
    trigger: Cause | None = None
    since: str | None = None
    """A moment: only slots at or after it."""
    until: str | None = None
    """A moment: only slots before it."""
    limit: Limit = 100
    cursor: Cursor | None = None


class RunPage(msgspec.Struct, frozen=True):
    """A page of the ledger, newest first."""

    items: list[Run]
    next: str | None
    """What to give as `cursor` for the next page."""


async def _list_runs(services: Services, _request: Request, query: RunQuery) -> Response:
    """List runs, newest first."""
    if query.action is not None and query.agent is None:
        raise InvalidInput("the parameter `action` is an index in an agent: give `agent` too")
    since, until = moment(query.since, "since"), moment(query.until, "until")
    before = min(query.cursor or LAST_ID, LAST_ID if until is None else first_id(until))
    now = services.clock.now()

    def page(tx: Tx) -> bytes:
        """A long page takes milliseconds to write: the reader does it, while fires go on."""
        first = "" if since is None else first_id(since)
        rows = _read_page(tx, query, before=before, since=first)
        items = [run_shape(row, now) for row in rows]
        return msgspec.json.encode(RunPage(items, rows[-1].id if len(rows) == query.limit else None))

    return answer_encoded(await services.store.read(page))


def _read_page(tx: Tx, query: RunQuery, *, before: str, since: str) -> list[RunRow]:
    state, trigger, limit = query.state, query.trigger, query.limit
    if query.agent is None:
        return tx.runs_page(before=before, since=since, state=state, trigger=trigger, limit=limit)
    return tx.runs_of_agent(
        query.agent,
        before=before,
        since=since,
        action=query.action,
        state=state,
        trigger=trigger,
        limit=limit,
    )


async def _show_run(services: Services, request: Request, _query: Query) -> Response:
    """Show one run."""
    run_id = in_path(request, "id")
    row, inputs = await services.store.read(lambda tx: (find_run(tx, run_id), tx.inputs_of_run(run_id)))
    shape = run_shape(row, services.clock.now())
    if inputs is not None:
        shape = msgspec.structs.replace(shape, inputs=msgspec.Raw(inputs.encode()))
    return answer(shape)


LIST = Operation(do=_list_runs, query=RunQuery, gives=RunPage)
SHOW = Operation(do=_show_run, gives=Run)
