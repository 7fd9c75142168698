"""What `agent NAME run` prints: the original's line for each action."""

from typing import Any

from pypes.cli.output import failing, people_time

Outcome = dict[str, Any]


def line_of(outcome: Outcome) -> str:
    """Write one outcome as the original did."""
    place, kind = f"[{outcome['action']}]", outcome["type"]
    if kind == "unrecognized":
        return f"{place} unrecognized action ({outcome['error']}): {outcome['raw']}"
    if "steps" in outcome:
        steps = [f"  {number}: {_request(step)}" for number, step in enumerate(outcome["steps"])]
        return "\n".join([f"{place} {kind} → would do {len(steps)} step(s)", *steps])
    if outcome.get("dry"):
        return f"{place} {kind} → would send {_request(outcome['request'])}"
    if not outcome["ok"]:
        return f"{place} {_named(outcome)} {failing('FAILED')}: {outcome['error']}"
    if "next" in outcome:
        return f"{place} {_named(outcome)} → {_next(outcome)}"
    if "summary" in outcome:
        return f"{place} {kind} → {outcome['summary']}"
    if "status" in outcome:
        more = "+" if outcome.get("clipped") else ""
        return f"{place} {kind} → {outcome['status']} ({outcome['bytes']}{more} bytes)"
    return f"{place} {_named(outcome)} → ok"


def has_failed(outcome: Outcome) -> bool:
    """Tell whether this makes the command fail; a label is reported, and fails nothing."""
    return outcome.get("ok") is False


def _named(outcome: Outcome) -> str:
    return f"{outcome['type']} `{outcome['expression']}`" if "expression" in outcome else str(outcome["type"])


def _request(request: dict[str, Any]) -> str:
    size = len((request["body"] or "").encode())
    return f"{request['method']} {request['url']} ({size} bytes)"


def _next(outcome: Outcome) -> str:
    if outcome["next"] is not None:
        return f"next fire {people_time(outcome['next'])}"
    if outcome["type"] == "reboot":
        return "next fire at the next start of the daemon"
    return "paused" if outcome.get("state") == "paused" else "never fires again"
