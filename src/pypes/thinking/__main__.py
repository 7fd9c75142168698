"""`python -m pypes.thinking`: read a question from stdin, write its answer to stdout, until stdin ends."""

import asyncio
import os
import sys
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

import msgspec

from pypes.prompt import Answer, Question, Quote
from pypes.thinking.asking import ask
from pypes.thinking.pricing import quote

READY = b'{"ready":true}\n'
"""The first line: everything is imported, and questions are answered at once."""


def main() -> None:
    """Answer questions; whoever prints something by mistake must not disturb the answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read, args=(questions,), daemon=True).start()
    _say(answers, READY)
    decoder = msgspec.json.Decoder(Question)
    with asyncio.Runner() as runner:
        while True:
            answer = runner.run(_answer(decoder.decode(questions.get())))
            _say(answers, msgspec.json.encode(answer) + b"\n")


def _read(questions: "SimpleQueue[bytes]") -> None:
    """Take questions as they come; when the daemon is gone, nobody waits for an answer: end at once."""
    for line in sys.stdin.buffer:
        questions.put(line)
    os._exit(0)


async def _answer(question: Question) -> Answer:
    return quote(question) if isinstance(question, Quote) else await ask(question)


def _say(answers: BinaryIO, line: bytes) -> None:
    answers.write(line)
    answers.flush()


if __name__ == "__main__":
    main()
