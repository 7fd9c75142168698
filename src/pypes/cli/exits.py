"""Exit codes: one table, and the guard through which every command runs.

==== ==================================================
0    ok
1    an action failed
2    usage, or unacceptable input
3    the daemon or the store cannot be reached, or is not running
4    not found
5    conflict: it exists already
130  interrupted, or nobody reads the output any more
==== ==================================================
"""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import takewhile

import click
from click.shell_completion import shell_complete

from pypes.cli.output import print_json, say
from pypes.errors import Conflict, InvalidInput, NotFound, OverLimit, PypesError, Unavailable

OK, FAILED, UNACCEPTABLE, UNREACHABLE, NOT_FOUND, CONFLICT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

NAME = "pypes"
COMPLETION = "_PYPES_COMPLETE"
"""The variable by which shells ask for completions, as click names it."""

EXIT_CODES: dict[type[PypesError], int] = {
    NotFound: NOT_FOUND,
    Conflict: CONFLICT,
    Unavailable: UNREACHABLE,
    OverLimit: UNREACHABLE,
    PypesError: UNACCEPTABLE,
}
"""By the nearest class: whatever is not listed by itself is unacceptable input."""


def exit_code(error: PypesError) -> int:
    """Look an error up."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)


def guarded(command: click.Command, arguments: Sequence[str]) -> int:
    """Run a command; whatever happens becomes a sentence on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal is no reason to crash
    try:
        code = _run(command, arguments)
        sys.stdout.flush()
    except PypesError as error:
        say(_sentence(error))
        problem = {**error.problem, "detail": error.message} | _place(error)
        return _told_as_json(arguments, problem, exit_code(error))
    except click.ClickException as error:
        return _told_as_json(arguments, {"detail": _refuse_usage(error)}, UNACCEPTABLE)
    except BrokenPipeError:
        _silence()
        return INTERRUPTED
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except OSError as error:
        sentence = f"{error.filename or 'the system'}: {error.strerror or error}"
        say(sentence)
        return _told_as_json(arguments, {"detail": sentence}, UNACCEPTABLE)
    except Exception as error:
        if os.environ.get("PYPES_DEBUG"):
            raise
        sentence = f"internal error: {type(error).__name__}: {error} (PYPES_DEBUG=1 shows where)"
        say(sentence)
        return _told_as_json(arguments, {"detail": sentence}, FAILED)
    return code if isinstance(code, int) else OK


def _run(command: click.Command, arguments: Sequence[str]) -> object:
    """Do what click's `main` does, except for its own idea of how a command ends."""
    if instruction := os.environ.get(COMPLETION):
        return shell_complete(command, {}, NAME, COMPLETION, instruction)
    try:
        with command.make_context(NAME, list(arguments)) as context:
            return command.invoke(context)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code


def _told_as_json(arguments: Sequence[str], problem: Mapping[str, object], code: int) -> int:
    """Where JSON was asked for, give the mistake as the API would (RFC 9457), with the code; the code."""
    if "--json" in takewhile(lambda word: word != "--", arguments):
        with suppress(OSError):  # stdout is what is wrong
            print_json({**problem, "exit": code})
            sys.stdout.flush()
    return code


def _sentence(error: PypesError) -> str:
    place = _place(error).get("path")
    return f"{error.message} (at {place})" if place else error.message


def _place(error: PypesError) -> dict[str, str]:
    return {"path": error.path} if isinstance(error, InvalidInput) and error.path else {}


def _refuse_usage(error: click.ClickException) -> str:
    """Say what was typed wrong, and where the help is; what was said."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return "which command?"
    message = error.format_message()
    message = message[:1].lower() + message[1:].removesuffix(".")
    say(message)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"try `{error.ctx.command_path} --help`", err=True)
    return message


def _silence() -> None:
    """Give Python somewhere to flush to when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
