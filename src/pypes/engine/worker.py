"""Worker: one model process, from its start to its end; it answers one question at a time."""

import asyncio
import os
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping

import msgspec

from pypes.prompt import Answer, Question

LONGEST_LINE = 32 * 1024 * 1024
"""Bytes of an answer; a longer one is a broken one."""
START_PATIENCE = 60.0
"""Seconds until a process has imported what it needs: two or three on an idle machine."""

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH")

_answers = msgspec.json.Decoder(Answer)


class WorkerDied(Exception):
    """The process ended, or said what is no answer."""


class Worker:
    """A process that runs `pypes.thinking`. Made by `Worker.start`."""

    def __init__(self, process: Process, questions: StreamWriter, answers: StreamReader) -> None:
        self._process = process
        self._questions = questions
        self._answers = answers

    @classmethod
    async def start(cls, environment: Mapping[str, str]) -> "Worker":
        """Start a process and wait until it answers; raise `WorkerDied` if it does not."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # what lies in the folder where the daemon was started is none of its business
            "-m",
            "pypes.thinking",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment_for(os.environ) | dict(environment),
            start_new_session=True,
            limit=LONGEST_LINE,
        )
        if process.stdin is None or process.stdout is None:
            raise WorkerDied("it has no pipes")
        worker = cls(process, process.stdin, process.stdout)
        try:
            async with asyncio.timeout(START_PATIENCE):
                await worker._line()
        except BaseException as error:
            await worker.end()
            if isinstance(error, TimeoutError):
                raise WorkerDied("it did not start") from None
            raise
        return worker

    async def ask(self, question: Question) -> Answer:
        """Put a question and wait for its answer; raise `WorkerDied` when there will be none."""
        try:
            self._questions.write(msgspec.json.encode(question) + b"\n")
            await self._questions.drain()
            answer: Answer = _answers.decode(await self._line())
        except (ConnectionError, ValueError, msgspec.DecodeError) as error:
            raise WorkerDied(str(error) or type(error).__name__) from None
        return answer

    async def end(self) -> None:
        """Kill it, and wait until it is gone; a second call does nothing."""
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                return
        await self._process.wait()

    async def _line(self) -> bytes:
        line = await self._answers.readline()
        if not line.endswith(b"\n"):
            raise WorkerDied("the model process ended")
        return line


def environment_for(ours: Mapping[str, str]) -> dict[str, str]:
    """What a model process may know of our environment: no key, no token, no setting of ours."""
    return {name: value for name, value in ours.items() if name in _KEPT}
