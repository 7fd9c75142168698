"""One question or one change of state per file, named like the method of `Tx` that asks it."""
