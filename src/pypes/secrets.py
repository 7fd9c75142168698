"""Secrets: values that are looked up when they are needed, never stored, and masked wherever they turn up.

`file:NAME` reads a file below `secrets/` of the home, without the newline at its end; `env:NAME` a variable
that is called `PYPES_SECRET_*` or listed in the settings.
"""

import base64
import json
import os
import re
import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from pypes.errors import InvalidInput

PREFIX = "PYPES_SECRET_"
LARGEST = 65_536
"""Bytes of a secret's file."""
MASK = "***"
SHORTEST_MASKED = 4
"""Shorter values are not masked in what receivers answer: they would be found in anything."""

_REFERENCE = re.compile(r"(?P<kind>file|env):(?P<name>.+)", re.DOTALL)
_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Secrets:
    """Looks references up; what it reads is given to the caller and kept nowhere."""

    def __init__(self, folder: Path, *, names: Collection[str] = (), environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._names = frozenset(names)
        self._environment = environment

    def read(self, reference: str) -> str:
        """The value of `file:NAME` or `env:NAME`; raise `InvalidInput` with the remedy when there is none."""
        kind, name = parse_reference(reference)
        return self._from_file(name) if kind == "file" else self._from_environment(name)

    def _from_environment(self, name: str) -> str:
        if not name.startswith(PREFIX) and name not in self._names:
            raise InvalidInput(
                f"the variable {name} may not be read: call it {PREFIX}{name}, or list it as `secret_names` "
                "in config.toml"
            )
        value = self._environment.get(name)
        if not value:
            raise InvalidInput(f"the variable {name} is not set where the daemon was started")
        return value

    def _from_file(self, name: str) -> str:
        path = self._folder / name
        try:
            _check_within(path, self._folder)
            _check_private(path)
            return _text(path)
        except FileNotFoundError:
            raise InvalidInput(f"there is no secret {path}: write it there, readable by you alone") from None
        except OSError as error:
            raise InvalidInput(f"the secret {path} cannot be read: {error.strerror}") from None


def parse_reference(reference: str) -> tuple[str, str]:
    """Split a reference into kind and name; raise `InvalidInput` when it is none."""
    match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if match is None:
        raise InvalidInput("a secret is named as file:NAME or env:NAME")
    kind, name = match["kind"], match["name"]
    if not (_FILE_NAME if kind == "file" else _VARIABLE).fullmatch(name) or ".." in name.split("/"):
        raise InvalidInput(f"`{reference}` cannot be the name of a secret: file:NAME or env:NAME")
    return kind, name


class Mask:
    """Masks every occurrence of secret values, also as they look in URLs, in JSON and in base64."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = [value for value in values if len(value) >= SHORTEST_MASKED]
        spellings = {spelling for value in self._values for spelling in _spellings(value)}
        # The longest first, so that none leaves a rest of another.
        longest_first = sorted(spellings, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if spellings else None

    def __call__(self, text: str) -> str:
        """Mask what a text tells."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def cut(self, text: str) -> str:
        """Mask what a text tells that was cut at its end, where a secret may have been cut too."""
        for value in self._values:
            for length in range(min(len(value) - 1, len(text)), SHORTEST_MASKED - 1, -1):
                if text.endswith(value[:length]):
                    return self(text[:-length]) + MASK
        return self(text)


def _spellings(value: str) -> list[str]:
    """How a value may be written."""
    raw = value.encode(errors="surrogatepass")
    return [
        value,
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        base64.b64encode(raw).decode(),
    ]


def _check_within(path: Path, folder: Path) -> None:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InvalidInput(f"{path} leads out of {folder}: a secret is a file in there")


def _check_private(path: Path) -> None:
    """Others must not be able to read, or replace, a secret."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise InvalidInput(f"{path} is not a file")
    if status.st_mode & 0o077:
        raise InvalidInput(f"the secret {path} can be read by others: chmod 600 {path}")
    if status.st_size > LARGEST:
        raise InvalidInput(f"the secret {path} is larger than {LARGEST} bytes")


def _text(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidInput(f"the secret {path} is not text in UTF-8") from None
    if not value:
        raise InvalidInput(f"the secret {path} is empty")
    return value


class Revealed:
    """Looks secrets up for one request, and remembers what must be masked in all that is told of it."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.values: list[str] = []

    def __call__(self, reference: str) -> str:
        """Give a secret's value."""
        value = self._secrets.read(reference)
        self.values.append(value)
        return value


def secrets_of(home: Path, names: Collection[str]) -> Secrets:
    """The secrets that a daemon with this home may read."""
    return Secrets(home / "secrets", names=names, environment=os.environ)
