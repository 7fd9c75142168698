"""How commands end, whatever happens."""

import os
import subprocess

import click
import pytest

from cli.conftest import COMMAND, Pypes, Receiver, webhook, write_agent
from pypes.cli.exits import guarded
from pypes.errors import Conflict, InvalidExpression, InvalidInput, NotFound, PypesError, Unavailable


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InvalidInput("bad", "$.name"), 2, "pypes: bad (at $.name)\n"),
        (InvalidExpression("worse"), 2, "pypes: worse\n"),
        (Unavailable("gone"), 3, "pypes: gone\n"),
        (NotFound("nobody"), 4, "pypes: nobody\n"),
        (Conflict("there already"), 5, "pypes: there already\n"),
        (PypesError("some"), 2, "pypes: some\n"),
        (OSError(13, "Permission denied", "/x"), 2, "pypes: /x: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (
            ZeroDivisionError("oops"),
            1,
            "pypes: internal error: ZeroDivisionError: oops (PYPES_DEBUG=1 shows where)\n",
        ),
    ],
)
def test_whatever_happens_is_a_sentence_and_a_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def fail() -> None:
        raise error

    assert guarded(fail, []) == code
    assert capsys.readouterr() == ("", said)


def test_a_reader_that_leaves_ends_a_command_quietly(pypes: Pypes) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(
            [*COMMAND, "--help"], stdout=out, stderr=subprocess.PIPE, env=pypes.environment(), check=False
        )
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_unicode_is_no_reason_to_crash(
    pypes: Pypes, receiver: Receiver, encoding: str
) -> None:
    pypes("apply", write_agent(pypes.home, "one", webhook(receiver.url)))
    ran = pypes.process("agent", "one", "run", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING=encoding)
    assert ran.code == 0
    assert "200 (11 bytes)" in ran.out


def test_shells_may_ask_for_completions(pypes: Pypes) -> None:
    asked = pypes.process(_PYPES_COMPLETE="bash_complete", COMP_WORDS="pypes st", COMP_CWORD="1")
    assert {"plain,start", "plain,stop", "plain,status"} == set(asked.out.split())


def test_colour_is_for_terminals_only(pypes: Pypes, receiver: Receiver) -> None:
    receiver.status = 500
    pypes("apply", write_agent(pypes.home, "one", webhook(receiver.url)))
    assert "\x1b" not in pypes.process("agent", "one", "run").out


@pytest.mark.parametrize(
    ("words", "code", "detail"),
    [
        (["rm", "agent", "nobody"], 4, "there is no agent `nobody`"),
        (["agent", "nobody", "runs"], 4, "there is no agent `nobody`"),
        (["agent", "", "show"], 2, "an agent needs a name: this one is empty"),
        (["add", "agent", "b\udcffd"], 2, "an agent's name is UTF-8, and this one is not"),
        (["add", "vector-db"], 2, "pypes does not run vector databases"),
        (["ls", "extra"], 2, "got unexpected extra argument (extra)"),
        (["ls", "--loud"], 2, "no such option '--loud'"),
        (["apply", "/nowhere"], 2, "/nowhere: No such file or directory"),
        (["stop"], 3, "pypes is not running"),
    ],
)
def test_a_mistake_is_json_too_where_that_is_asked_for(
    pypes: Pypes, words: list[str], code: int, detail: str
) -> None:
    plain, asked = pypes(*words), pypes(*words, "--json")
    assert (plain.code, plain.out) == (code, "")
    assert asked.code == asked.json()["exit"] == code
    assert asked.json()["detail"].startswith(detail)
    assert asked.err == plain.err


def test_what_the_api_said_of_a_mistake_is_passed_on(either_way: Pypes) -> None:
    refused = either_way("preview", "61 * * * *", "--json").json()
    assert (refused["status"], refused["path"], refused["exit"]) == (422, "$.expression", 2)


def test_every_command_that_ends_well_says_so_in_json(either_way: Pypes) -> None:
    for words in (
        ["add", "agent", "a"],
        ["agent", "a", "add", "1"],
        ["agent", "a", "next"],
        ["agent", "a", "run"],
        ["agent", "a", "runs"],
        ["rm", "agent", "a"],
        ["export"],
        ["rm", "db"],
    ):
        said = either_way(*words, "--json")
        assert said.code == 0, words
        said.json()
