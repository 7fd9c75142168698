"""`check`: look for mistakes without starting or changing anything."""

import os
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import click

from pypes.address import AddressRules
from pypes.cli.cautions import cautions_of, unreadable_secrets
from pypes.cli.client import connect, daemon_answers
from pypes.cli.command import Command
from pypes.cli.definitions import Misread, agents_in, shown
from pypes.cli.exits import OK, UNACCEPTABLE
from pypes.cli.export import pages_of_agents
from pypes.cli.output import failing, plain, print_json, say, wants_json
from pypes.clock import SystemClock
from pypes.config import Config, default_home, load_config
from pypes.errors import ConfigError, InvalidInput, PypesError
from pypes.model.agent import Agent, parse_agent, salvage_agent
from pypes.secrets import secrets_of

Places = dict[str, str]
"""Where each agent was met first."""


class Finding(NamedTuple):
    """Something to be said about a place."""

    where: str
    message: str
    is_error: bool


@click.command("check", cls=Command)
@click.argument("files", metavar="[FILE…]", nargs=-1, type=click.Path(allow_dash=True))
def check_command(files: tuple[str, ...]) -> int:
    """Check the settings, and the agents in files, or else the stored ones; exit 2 if one is unacceptable."""
    findings = list(_all_findings(files))
    errors = [finding for finding in findings if finding.is_error]
    if wants_json():
        shown = [{"where": f.where, "message": f.message, "error": f.is_error} for f in findings]
        print_json({"ok": not errors, "findings": shown})
    else:
        for finding in findings:
            word = failing("error") if finding.is_error else "caution"
            click.echo(f"{word}: {plain(finding.where)}: {plain(finding.message)}")
        say(f"{len(errors)} error(s), {len(findings) - len(errors)} caution(s)")
    return UNACCEPTABLE if errors else OK


def _all_findings(files: tuple[str, ...]) -> Iterator[Finding]:
    config: Config | None = None
    try:
        config = load_config({})
        yield from _in_settings(config)
    except ConfigError as error:
        yield Finding("settings", error.message, is_error=True)
    now = SystemClock().now()
    places: Places = {}
    for file in files:
        yield from _in_file(file, places, now)
    if config is not None and not files and _has_store(config):
        with connect() as client:
            for line in chain.from_iterable(pages_of_agents(client)):
                yield from _cautions(salvage_agent(line, now), now)


def _in_settings(config: Config) -> Iterator[Finding]:
    """What only a start would stumble over; a token may still come with its flags."""
    if config.bind_objection is not None:
        yield Finding("settings", config.bind_objection, is_error=False)
    try:
        AddressRules(allow_private=config.is_loopback, allow=config.allow_target)
    except InvalidInput as error:
        yield Finding("settings", f"allow_target: {error.message}", is_error=True)


def _has_store(config: Config) -> bool:
    """A check makes no store: there is one, or a daemon has it."""
    return config.is_shared or config.store_path.exists() or daemon_answers(config.socket_path)


def _in_file(file: str, places: Places, now: int) -> Iterator[Finding]:
    try:
        for text, line in agents_in(file):
            yield from _in_agent(f"{shown(file)}, line {line}", text, places, now)
    except Misread as error:
        yield Finding(error.where, error.why, is_error=True)
    except OSError as error:
        yield Finding(shown(file), str(error.strerror), is_error=True)


def _in_agent(source: str, line: bytes, places: Places, now: int) -> Iterator[Finding]:
    try:
        agent = parse_agent(line, now)
    except PypesError as error:
        place = error.path if isinstance(error, InvalidInput) else None
        yield Finding(f"{source}{f', {place}' if place else ''}", error.message, is_error=True)
        return
    if places.setdefault(agent.name, source) != source:
        message = f"the agent `{agent.name}` is also in {places[agent.name]}: one of them would be lost"
        yield Finding(source, message, is_error=True)
    yield from _cautions(agent, now)


def _cautions(agent: Agent, now: int) -> Iterator[Finding]:
    secrets = secrets_of(default_home(os.environ), ())
    for place, sentence in chain(cautions_of(agent, now), unreadable_secrets(agent, secrets)):
        yield Finding(f"{agent.name}, {place}", sentence, is_error=False)
