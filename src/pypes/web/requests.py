"""Requests: what a run sends, as its action is written now: secrets masked, templates left as they are."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import Conflict
from pypes.model.action import decode_action, step_of
from pypes.steps.headers import is_secret
from pypes.steps.webhook import Webhook
from pypes.store.run_rows import RequestRow
from pypes.store.tx import Tx
from pypes.web.answers import answer
from pypes.web.finding import find_run
from pypes.web.query import Query
from pypes.web.resource import Operation, in_path
from pypes.web.services import Services


class Sending(msgspec.Struct, frozen=True):
    """What a run sends."""

    run: str
    method: str
    url: str
    headers: dict[str, str]
    """Those of the action; what looks like a secret is masked."""
    payload: msgspec.Raw
    """The run's own JSON, or the action's; null when nothing is sent along."""
    replaced: bool
    """True when the run has a payload of its own."""


async def _show_request(services: Services, request: Request, _query: Query) -> Response:
    """Show what a run sends, as its action is written now."""
    run_id = in_path(request, "id")

    def found(tx: Tx) -> RequestRow | None:
        find_run(tx, run_id)
        return tx.request_of_run(run_id)

    row = await services.store.read(found)
    if row is None:
        raise Conflict("the action of this run is gone, and long enough to be forgotten")
    return answer(_sending(run_id, row))


def _sending(run_id: str, row: RequestRow) -> Sending:
    step = step_of(decode_action(row.definition))
    if not isinstance(step, Webhook):
        raise Conflict("what this run does is no request that could be shown")
    return Sending(
        run=run_id,
        method=step.method,
        url=step.target,
        headers={name: "***" if is_secret(name) else value for name, value in step.headers.items()},
        payload=msgspec.Raw(row.payload.encode()) if row.payload is not None else _payload(step),
        replaced=row.payload is not None,
    )


def _payload(step: Webhook) -> msgspec.Raw:
    if not isinstance(step.payload, msgspec.UnsetType):
        return step.payload
    return msgspec.Raw(b"null" if step.method in {"GET", "HEAD"} else b"{}")


SHOW = Operation(do=_show_request, gives=Sending)
