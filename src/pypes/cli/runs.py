"""`runs`, `retry` and `cancel`: the ledger."""

import json
from typing import Any

import click

from pypes.cli.client import Client, connect, path_of
from pypes.cli.command import Command
from pypes.cli.output import failing, people_time, plain, print_json, print_table, say, wants_json

STATES = ("waiting", "running", "succeeded", "failed", "cancelled", "skipped", "unknown")


@click.command("runs", cls=Command)
@click.argument("run_id", metavar="[ID]", required=False)
@click.option("--agent", metavar="NAME", help="Only this agent's.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--since", metavar="MOMENT", help="Only slots at or after it.")
@click.option("--until", metavar="MOMENT", help="Only slots before it.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
def runs_command(*, run_id: str | None, **filters: Any) -> None:
    """List runs, newest first; with an ID, show one and its attempts."""
    if run_id is None:
        list_runs(**filters)
        return
    with connect() as client:
        run = client.request("GET", path_of("runs", run_id)).json()
    if wants_json():
        print_json(run)
    else:
        _print_run(run)


@click.command("retry", cls=Command)
@click.argument("run_id", metavar="ID")
@click.option("--payload", metavar="JSON", help="Make a new run of it that sends this instead.")
def retry_command(*, run_id: str, payload: str | None) -> None:
    """Run a run that failed again."""
    body = None if payload is None else f'{{"payload":{payload}}}'.encode()
    _change(run_id, "retry", body)


@click.command("cancel", cls=Command)
@click.argument("run_id", metavar="ID")
def cancel_command(run_id: str) -> None:
    """Cancel a run that waits or is under way."""
    _change(run_id, "cancel", None)


def list_runs(**filters: Any) -> None:
    """Print a page of the ledger."""
    with connect() as client:
        print_runs(page_of_runs(client, **filters))


def page_of_runs(client: Client, **filters: Any) -> dict[str, Any]:
    """Ask for a page of the ledger, newest first."""
    page: dict[str, Any] = client.request("GET", path_of("runs", **filters)).json()
    return page


def print_runs(page: dict[str, Any]) -> None:
    """Print a page of the ledger, and say whether there is more."""
    if wants_json():
        print_json(page)
        return
    print_table(_row(run) for run in page["items"])
    if page["next"] is not None:
        say(f"there are more: -n shows more than {len(page['items'])}, --since and --until look elsewhere")


def _change(run_id: str, verb: str, body: bytes | None) -> None:
    with connect() as client:
        run = client.request("POST", path_of("runs", run_id, verb), body).json()
    if wants_json():
        print_json(run)
    else:
        _print_run(run)


def _row(run: dict[str, Any]) -> list[object]:
    lateness = run.get("lateness_ms")
    return [
        run["id"],
        people_time(run["slot"]),
        f"{run['agent']}[{run['action']}]",
        run["trigger"],
        run["state"],
        "" if lateness is None else f"{lateness} ms late",
        run.get("reason") or "",
    ]


def _print_run(run: dict[str, Any]) -> None:
    """Show one run, a fact a line."""
    facts = {key: value for key, value in run.items() if key != "attempts" and value is not None}
    print_table(facts.items())
    for number, attempt in enumerate(run.get("attempts", ()), 1):
        click.echo(_attempt_line(number, attempt))
        said = attempt.get("output", attempt.get("body"))
        if said:
            click.echo(f"  {json.dumps(said, ensure_ascii=False)}")


def _attempt_line(number: int, attempt: dict[str, Any]) -> str:
    """Write when an attempt was made, of which step, what came of it, and what it cost."""
    place = f"attempt {number}" if "step" not in attempt else f"attempt {number}, step {attempt['step']}"
    status = f"{attempt['status']} ({attempt['bytes']} bytes)" if attempt.get("status") else ""
    spent = _spent(attempt["spent"]) if "spent" in attempt else ""
    error = failing(plain(attempt["error"])) if attempt.get("error") else ""
    parts = filter(None, [status, spent, attempt.get("note"), error])
    return f"{place}  {attempt['started']}  {' '.join(parts)}"


def _spent(spent: dict[str, Any]) -> str:
    cost = "price unknown" if spent["usd"] is None else f"{spent['usd']:g} USD"
    return f"{spent['model']}: {spent['tokens_in']} + {spent['tokens_out']} tokens, {cost}"
