"""The root command: which command lives in which file. Nothing is imported before it is called."""

import os
from importlib import import_module

import click

from pypes import __version__
from pypes.cli.command import LazyGroup, Place

SECTIONS: dict[str, dict[str, Place]] = {
    "The daemon": {
        "start": Place("start", "Start it, in the background unless attached."),
        "stop": Place("stop", "Stop it, and wait until it is gone."),
        "restart": Place("start", "Stop it and start it again with the flags it had."),
        "status": Place("status", "Tell whether it runs, where, and what it has."),
        "reload": Place("stop", "Make it look at its schedules again."),
        "logs": Place("logs", "Show the end of its log."),
        "nodes": Place("nodes", "List the daemons that share the store."),
        "drain": Place("nodes", "Let a daemon hand over its work to the others."),
        "copy": Place("copying", "Copy a whole store into another, empty one."),
    },
    "Agents": {
        "add": Place("agents", "Add an empty agent: add agent NAME."),
        "rm": Place("agents", "Remove an agent, or empty the store: rm agent NAME, rm db."),
        "ls": Place("agents", "List the agents."),
        "agent": Place("agent", "One agent: add, run, show, runs, next, pause, resume."),
        "apply": Place("apply", "Create or replace agents from files."),
        "export": Place("export", "Print all agents, ready to be applied."),
        "import": Place("importing", "Bring agents over from the original's agents.db."),
        "check": Place("check", "Look for mistakes without starting anything."),
    },
    "Runs and schedules": {
        "runs": Place("runs", "List runs, or show one."),
        "retry": Place("runs", "Run a failed run again."),
        "cancel": Place("runs", "Cancel a run."),
        "backfill": Place("backfill", "Run the slots of a past range."),
        "preview": Place("preview", "Say when a cron expression fires."),
        "why": Place("why", "Say what became of a moment, or why it is no slot."),
        "simulate": Place("simulate", "Show what would run between two moments."),
        "demo": Place("demo", "Watch an agent fire every second."),
    },
}


def _load(name: str, place: Place) -> click.Command:
    module = import_module(f"pypes.cli.{place.module}")
    command: click.Command = getattr(module, f"{name}_command")
    return command


@click.group(
    cls=LazyGroup,
    sections=SECTIONS,
    load=_load,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="pypes", message="%(prog)s %(version)s")
@click.pass_context
def root(context: click.Context) -> None:
    """A self-hosted scheduler for agents: every slot accounted for.

    Results go to stdout, prose to stderr. Exit codes: 0 ok, 1 an action failed, 2 usage or unacceptable
    input, 3 daemon or store unreachable or not running, 4 not found, 5 conflict.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
