"""Correcting: try a run again, or call it off."""

import secrets

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.decoding import check_json
from pypes.errors import Conflict, InvalidInput
from pypes.model.action import decode_action, step_of
from pypes.steps.webhook import Webhook
from pypes.store.correcting import cancel, retry
from pypes.store.requesting import request_run
from pypes.store.run_rows import RunRow
from pypes.store.tx import Tx
from pypes.web.answers import answer
from pypes.web.body import read_optional
from pypes.web.finding import find_run
from pypes.web.query import Query
from pypes.web.resource import Operation, in_path
from pypes.web.services import Services
from pypes.web.shapes import Run, run_shape


class TryAgain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to try again."""

    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """Any JSON, sent in place of what was sent: by a new run, the old one stays as it is."""


async def _retry_run(services: Services, request: Request, _query: Query) -> Response:
    """Try a run again that did not succeed; with a payload, make a new one that sends it."""
    asked: TryAgain = await read_optional(request, TryAgain, services.config.max_body)
    run_id, now, salt = in_path(request, "id"), services.clock.now(), secrets.token_hex(8)
    payload = None if asked.payload is msgspec.UNSET else check_json(asked.payload).decode()

    def tried_again(tx: Tx) -> RunRow:
        if payload is not None:
            return find_run(tx, _repeat(tx, run_id, payload, salt=salt, now=now))
        retry(tx, run_id, now)
        return find_run(tx, run_id)

    return answer(run_shape(await services.store.write(tried_again), now))


async def _cancel_run(services: Services, request: Request, _query: Query) -> Response:
    """Call off a run that waits or is under way."""
    run_id, now = in_path(request, "id"), services.clock.now()

    def called_off(tx: Tx) -> RunRow:
        cancel(tx, run_id, now)
        return find_run(tx, run_id)

    return answer(run_shape(await services.store.write(called_off), now))


def _repeat(tx: Tx, run_id: str, payload: str, *, salt: str, now: int) -> str:
    run, action = find_run(tx, run_id), tx.action_of_run(run_id)
    if action is None:
        raise Conflict("the action of this run is gone, and long enough to be forgotten")
    if not isinstance(step_of(decode_action(action.definition)), Webhook):
        raise InvalidInput(
            "only what a webhook sends can be replaced: retry it without a payload", "$.payload"
        )
    return request_run(tx, action, agent=run.agent, salt=salt, now=now, payload=payload)


RETRY = Operation(do=_retry_run, takes=TryAgain, optional=True, gives=Run)
CANCEL = Operation(do=_cancel_run, gives=Run)
