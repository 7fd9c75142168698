"""Outcome: what came of one action, or what would be sent for it."""

import secrets

import msgspec

from pypes.errors import InvalidInput
from pypes.model.action import type_of
from pypes.model.run import run_id
from pypes.request import Request
from pypes.secrets import Mask, Revealed, secrets_of
from pypes.steps.call import Call
from pypes.steps.headers import is_secret
from pypes.steps.rendering import Private, Unrendered, ready
from pypes.steps.webhook import Webhook
from pypes.store.context import About, context_for
from pypes.store.rows import ActionRow
from pypes.url import masked
from pypes.web.services import Services


class Rendered(msgspec.Struct, frozen=True):
    """A request that was not sent."""

    method: str
    url: str
    headers: dict[str, str]
    """What looks like a secret is masked."""
    body: str | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one action."""

    action: int
    type: str
    ok: bool | msgspec.UnsetType = msgspec.UNSET
    """Absent for labels, which are no failure."""
    status: int | None = None
    bytes: int | None = None
    clipped: bool = False
    error: str | None = None
    summary: str | None = None
    """What the steps of it came to: how many, and what models used."""
    run: str | None = None
    expression: str | None = None
    next: str | msgspec.UnsetType | None = msgspec.UNSET
    """A trigger's next fire; null when there will be none."""
    state: str | None = None
    """`paused` or `finished`, of a trigger that is not active."""
    raw: str | None = None
    dry: bool = False
    request: Rendered | None = None
    steps: list[Rendered] | None = None
    """Of an action that is done step by step: what each would send, or ask a model."""


async def render_dry(services: Services, agent: str, row: ActionRow, step: Webhook, now: int) -> Outcome:
    """Say what would be sent now, with everything secret masked; nothing is sent or stored."""
    run = run_id(now, row.id, "manual", secrets.token_hex(8))
    try:
        call = await _ready(services, step, About(run, agent, row.id, now, "manual", 1), now)
    except InvalidInput as error:
        place = f" ({error.path})" if error.path else ""
        message = f"cannot be prepared: {error.message}{place}"
        return Outcome(action=row.position, type=type_of(step), ok=False, error=message)
    request = call.request(run_id=run, attempt=1, slot=now, now=now)
    rendered = shown(request, call, step.target)
    return Outcome(action=row.position, type=type_of(step), ok=True, dry=True, request=rendered)


async def _ready(services: Services, step: Webhook, about: About, now: int) -> Call:
    call = ready(step)
    if not isinstance(call, Unrendered):
        return call
    reveal = Revealed(secrets_of(services.config.home, services.config.secret_names))
    return await services.store.read(
        lambda tx: call.render(context_for(tx, about, names=call.names, now=now).context, reveal)
    )


def shown(request: Request, call: Call, target: str) -> Rendered:
    """Show a request with everything secret masked."""
    mask = call.mask if isinstance(call, Private) else Mask(())
    url = masked(mask(call.address)) if isinstance(call, Private) else target
    head, _, body = request.data.decode(errors="replace").partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    masked_headers = {name: "***" if is_secret(name) else mask(value) for name, value in headers.items()}
    return Rendered(request.method, url, masked_headers, mask(body) or None)
