"""What `agent NAME run` prints: the original's line for each action."""

from typing import Any

from pypes.cli.output import failing, people_time, plain

Outcome = dict[str, Any]

SHOWN_BODY = 4000
"""Characters of a body that was not sent; `--json` shows them all."""


def line_of(outcome: Outcome) -> str:
    """Write one outcome as the original did."""
    place, kind = f"[{outcome['action']}]", outcome["type"]
    if kind == "unrecognized":
        return f"{place} unrecognized action ({outcome['error']}): {plain(outcome['raw'])}"
    if "steps" in outcome:
        steps = [f"  {number}: {_request(step)}" for number, step in enumerate(outcome["steps"])]
        return "\n".join([f"{place} {kind} → would do {len(steps)} step(s)", *steps])
    if outcome.get("dry"):
        return f"{place} {kind} → would send {_request(outcome['request'])}"
    if not outcome["ok"]:
        return f"{place} {named(outcome)} {failing('FAILED')}: {plain(outcome['error'])}"
    if "next" in outcome:
        return f"{place} {named(outcome)} → {_next(outcome)}"
    if "summary" in outcome:
        return f"{place} {kind} → {outcome['summary']}"
    if "status" in outcome:
        more = "+" if outcome.get("clipped") else ""
        return f"{place} {kind} → {outcome['status']} ({outcome['bytes']}{more} bytes)"
    return f"{place} {named(outcome)} → ok"


def lines_below(outcome: Outcome) -> list[str]:
    """What stands below the line of a request that was not sent: its headers and its body."""
    request = outcome.get("request")
    if request is None:
        return []
    headers = [f"{name}: {value}" for name, value in request["headers"].items()]
    body = request["body"] or ""
    shown = body if len(body) <= SHOWN_BODY else f"{body[:SHOWN_BODY]}…"
    return [f"    {plain(line)}" for line in (*headers, "", *shown.splitlines())]


def has_failed(outcome: Outcome) -> bool:
    """Tell whether this makes the command fail; a label is reported, and fails nothing."""
    return outcome.get("ok") is False


def named(outcome: Outcome) -> str:
    """Name an action by its type, and its expression if that says more."""
    if outcome.get("expression") in {None, outcome["type"]}:
        return str(outcome["type"])
    return f"{outcome['type']} `{outcome['expression']}`"


def _request(request: dict[str, Any]) -> str:
    size = len((request["body"] or "").encode())
    return f"{request['method']} {request['url']} ({size} bytes)"


def _next(outcome: Outcome) -> str:
    if outcome["next"] is not None:
        return f"next fire {people_time(outcome['next'])}"
    if outcome["type"] == "reboot":
        return "next fire at the next start of the daemon"
    if outcome["type"] == "on_input" and outcome.get("state") != "paused":
        return "next fire with the next input that matches"
    return "paused" if outcome.get("state") == "paused" else "never fires again"
