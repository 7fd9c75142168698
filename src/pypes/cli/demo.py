"""`demo`: an agent that posts to a receiver of ours every second, for as long as somebody watches."""

import asyncio
import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from pypes.cli.client import Client, agent_path, connect, daemon_answers, path_of
from pypes.cli.command import Command
from pypes.cli.home import home, socket_path
from pypes.cli.output import failing, print_json, say, wants_json
from pypes.cli.owner import running_address
from pypes.cli.receiver import PATH, Headers, receiving
from pypes.cli.start import launch
from pypes.cli.stop import stop_daemon
from pypes.clock import SystemClock
from pypes.errors import Conflict, NotFound, Unavailable
from pypes.instants import format_moment, parse_instant

AGENT = "demo"
PATIENCE = 5.0
"""Seconds without an arrival after which the ledger is asked why."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LINES_TO_TRY = """
Watch it in a browser: {address}/
In another terminal, try:
  pypes agent demo show
  pypes agent demo runs
  pypes preview '*/5 9-17 * * MON-FRI' --tz Europe/Berlin
  pypes add agent echo && pypes agent echo add '{{"event":"hello"}}' && pypes ls
  curl {address}/agents
Ctrl-C ends this and removes the agent.
"""


@click.command("demo", cls=Command)
@click.option("--with-daemon", is_flag=True, help="Also run the daemon meanwhile, if none runs yet.")
def demo_command(*, with_daemon: bool) -> None:
    """Watch an agent fire every second at a receiver in this terminal; Ctrl-C leaves nothing behind."""
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), _daemon(with_daemon=with_daemon):
        _check_name_is_free()
        try:
            asyncio.run(_watch())
        finally:
            _remove_agent()


@contextmanager
def _daemon(*, with_daemon: bool) -> Iterator[None]:
    """Use the daemon that runs, or run one until the end."""
    if daemon_answers(socket_path()):
        yield
        return
    if not with_daemon:
        raise Unavailable("pypes is not running: `pypes start` first, or `pypes demo --with-daemon`")
    was_new = not home().exists()
    say(f"running on {launch({}).address}")
    try:
        yield
    finally:
        _leave_alone()
        is_unused = was_new and not _agents()
        stop_daemon()
        if is_unused:
            shutil.rmtree(home())


async def _watch() -> None:
    """Receive, add the agent, and tell what arrives, until a signal comes."""
    arrivals: asyncio.Queue[Headers] = asyncio.Queue()
    over = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with receiving(lambda headers, _body: arrivals.put_nowait(headers)) as url:
        with connect() as client:
            client.request("POST", "/agents", json.dumps(_agent(url)).encode()).read()
        say(f"the agent `{AGENT}` posts to {url} every second")
        click.echo(LINES_TO_TRY.format(address=running_address()), err=True)
        telling = asyncio.create_task(_tell(arrivals))
        await over.wait()
        telling.cancel()


async def _tell(arrivals: "asyncio.Queue[Headers]") -> None:
    while True:
        try:
            headers = await asyncio.wait_for(arrivals.get(), PATIENCE)
        except TimeoutError:
            with connect() as client:
                _tell_why_nothing_arrives(client)
        else:
            _tell_arrival(headers, SystemClock().now())


def _tell_arrival(headers: Headers, now: int) -> None:
    slot = headers["pypes-slot"]
    lateness = (now - parse_instant(slot)) / 1000
    if wants_json():
        print_json({"at": format_moment(now), "slot": slot, "lateness_ms": lateness, "status": 200})
    else:
        click.echo(f"{format_moment(now)}  slot {slot}  {lateness:.1f} ms after it  → 200")


def _tell_why_nothing_arrives(client: Client) -> None:
    runs = client.request("GET", path_of("runs", agent=AGENT, limit=1)).json()["items"]
    why = f"{runs[0]['state']}: {runs[0].get('reason')}" if runs else "no run yet"
    say(failing(f"nothing arrives; the ledger says: {why}"))


def _agent(url: str) -> dict[str, object]:
    action = {
        "type": "cron",
        "expression": "* * * * * *",
        "catchup": "none",
        "action": {"type": "webhook", "url": url, "payload": {"event": "demo.tick"}},
    }
    return {"name": AGENT, "inputs": [], "actions": [json.dumps(action)]}


def _check_name_is_free() -> None:
    """Somebody's own agent is never replaced; what a demonstration left that was killed is."""
    with connect() as client, suppress(NotFound):
        agent = client.request("GET", agent_path(AGENT)).json()
        if not all(PATH in action for action in agent["actions"]) or not agent["actions"]:
            raise Conflict(f"there is an agent `{AGENT}` of your own: the demonstration would replace it")


def _agents() -> list[dict[str, object]]:
    """What somebody added meanwhile, if anything: then the home that we made is theirs."""
    with connect() as client:
        agents: list[dict[str, object]] = client.request("GET", path_of("agents", limit=1)).json()
        return agents


def _remove_agent() -> None:
    _leave_alone()
    with connect() as client, suppress(NotFound):
        client.request("DELETE", agent_path(AGENT)).read()
    say(f"the agent `{AGENT}` is removed")


def _leave_alone() -> None:
    """From here on it is being ended already: a second Ctrl-C must not leave something behind."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
