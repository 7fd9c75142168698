"""Given: what `config.toml` and the environment say of each setting, and where; mistakes name the place."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import msgspec

from pypes.decoding import suggestion
from pypes.errors import ConfigError

PREFIX = "PYPES_"
Given = dict[str, tuple[Any, str]]
"""A key's value and where it was given."""
_PRIVATE = {"token", "database", "proxy"}
"""What may hold a password is not repeated in a message."""
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text in quotes"}


def from_file(path: Path, known: Mapping[str, Any]) -> Given:
    """What the file gives; raise `ConfigError` where it cannot be read or has an unknown key."""
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} cannot be read: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} cannot be read: it is not TOML: {error}") from None
    for key in values:
        if key not in known:
            raise ConfigError(f"{_place(path, text, key)}: unknown key `{key}`{suggestion(key, known)}")
    return {key: (value, f"{_place(path, text, key)}: {key}") for key, value in values.items()}


def from_environment(environment: Mapping[str, str], known: Mapping[str, Any]) -> Given:
    """What variables give; an empty one gives nothing."""
    return {
        key: (environment[name], name)
        for key in known
        if (name := PREFIX + key.upper()) in environment and environment[name]
    }


def converted(key: str, value: Any, kind: Any, source: str) -> Any:
    """Give a value the type of its setting; texts of variables and flags are read as what is wanted."""
    if isinstance(value, str) and kind == tuple[str, ...]:
        value = tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, str) and key == "host":
        value = value.removeprefix("[").removesuffix("]")  # as an IPv6 address stands in a URL
    try:
        return msgspec.convert(value, kind, strict=not isinstance(value, str))
    except msgspec.ValidationError:
        shown = "what is given" if key in _PRIVATE else f"`{value}`"
        raise ConfigError(f"{source}: {shown} is not {_in_words(kind)}") from None


def _in_words(kind: Any) -> str:
    """What a setting may be, for people."""
    if get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(kind))
    if kind == tuple[str, ...]:
        return "a list of texts"
    return next(_WORDS[each] for each in (get_args(kind) or (kind,)) if each is not NoneType)


def _place(path: Path, text: str, key: str) -> str:
    """The file, and the line of a key where it can be told."""
    named = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[\].=]")
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if named.match(line)]
    return f"{path}, line {numbers[0]}" if numbers else str(path)
