"""A cell from within: evaluates what it is asked, under limits that the kernel keeps (see `cell.py`)."""

import contextlib
import json
import pickle
import resource
import signal
import socket
from collections.abc import Callable, Mapping
from typing import Any

from pypes.errors import InvalidInput
from pypes.template import address, condition, rendering
from pypes.template.cell import Job, receive_frame, send_frame

SECONDS = 0.5
"""Of processor time for one question: ten times what minijinja's fuel lasts."""
MEMORY = 512 * 1024 * 1024
"""Of address space, the interpreter's own included."""

_JOBS: Mapping[Job, Callable[[str, Mapping[str, Any]], Any]] = {
    "render_text": rendering.render_text_here,
    "render_json": rendering.render_json_here,
    "render_address": address.render_address_here,
    "holds": condition.holds_here,
}


def main() -> None:
    """Answer questions until nobody asks any more."""
    with contextlib.suppress(OSError, ValueError):  # macOS knows no limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=0) as line, contextlib.suppress(EOFError, OSError):
        while True:
            question = pickle.loads(receive_frame(line))  # noqa: S301 - from the process that started this one
            send_frame(line, json.dumps(_answer(line, *question)).encode())


def _answer(
    line: socket.socket, job: Job, text: str, known: dict[str, Any], functions: list[str]
) -> list[Any]:
    context = known | {name: _remote(line, name) for name in functions}
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # nobody handles it, so that it ends the process
    try:
        return ["done", _JOBS[job](text, context)]
    except InvalidInput as error:
        return ["refused", error.message]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _remote(line: socket.socket, name: str) -> Callable[..., Any]:
    """A function that is called where the question comes from."""

    def call(*given: Any) -> Any:
        send_frame(line, json.dumps(["call", name, given]).encode())
        kind, said = pickle.loads(receive_frame(line))  # noqa: S301 - likewise
        if kind == "refused":
            raise InvalidInput(said)
        return said

    return call


if __name__ == "__main__":
    main()
