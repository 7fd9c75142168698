"""Scratch: a store in a temporary folder for one simulation, in one thread, not made to last."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pypes.store.asking import Queries
from pypes.store.sqlite import open_writer
from pypes.store.tx import Tx


class Scratch:
    """One connection, and one `Tx` that serves all its transactions."""

    def __init__(self, path: Path) -> None:
        self._connection = open_writer(path)
        self._connection.execute("PRAGMA synchronous = OFF")
        self.tx = Tx(self._connection, Queries())

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """What is asked inside is committed together."""
        self._connection.begin()
        yield self.tx
        self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def scratch_store() -> Iterator[Scratch]:
    """A fresh store that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pypes-scratch-") as folder:
        scratch = Scratch(Path(folder) / "scratch.db")
        try:
            yield scratch
        finally:
            scratch.close()
