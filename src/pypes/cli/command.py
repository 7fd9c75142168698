"""How our commands differ from click's: they come late, and each takes `--json`."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import click

from pypes.cli.output import JSON_KEY


class Place(NamedTuple):
    """Where a command lives: a module of `pypes.cli`, and its line in the help."""

    module: str
    help: str


def _note_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        context.meta[JSON_KEY] = True


def json_option() -> click.Option:
    """The option that every command takes."""
    return click.Option(
        ["--json"],
        is_flag=True,
        expose_value=False,
        callback=_note_json,
        help="Print JSON as the API gives it.",
    )


class Command(click.Command):
    """A command that takes `--json`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.append(json_option())


class Group(click.Group):
    """A group of commands; `--json` may stand before or after theirs."""

    command_class = Command

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.append(json_option())

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order in which they were written."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """List the commands with the whole of their first sentence, on as many lines as it takes."""
        shown = [(name, each) for name, each in self.commands.items() if not each.hidden]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=200)) for name, each in shown])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was meant, or suggest the nearest."""
        while args[:1] == ["--json"]:
            ctx.meta[JSON_KEY] = True
            args = args[1:]
        if not args:
            raise click.UsageError("which command?", ctx)
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], known, n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
            raise click.UsageError(f"there is no command `{args[0]}`: {hint}", ctx)
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """The root group: knows its commands by name and help line, and imports only the one that is called."""

    def __init__(
        self,
        *arguments: Any,
        sections: Mapping[str, Mapping[str, Place]],
        load: Callable[[str, Place], click.Command],
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self._sections = sections
        self._places = {name: place for section in sections.values() for name, place in section.items()}
        self._load = load

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the help."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import a command."""
        place = self._places.get(cmd_name)
        return self._load(cmd_name, place) if place else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        """List the commands in their sections, without importing any."""
        for title, places in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, place.help) for name, place in places.items()])
