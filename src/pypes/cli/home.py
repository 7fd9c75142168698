"""Where the home is, known without reading the settings: what reaches the daemon must be quick to import."""

import os
from pathlib import Path


def home() -> Path:
    """The user's agents: `$PYPES_HOME`, or `~/.agents` (the same as `pypes.config.default_home`)."""
    return Path(os.environ.get("PYPES_HOME") or "~/.agents").expanduser().absolute()


def socket_path() -> Path:
    """The running daemon's unix socket."""
    return home() / "pypes.sock"
