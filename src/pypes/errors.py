"""What can go wrong, by the one question that its catcher has.

::

    PypesError(message)          the message is a sentence for a person; nothing else is ever shown to one
    ├── InvalidInput(…, path)    well-formed but unacceptable; `path` is a JSON path such as $.actions[0].url
    │   └── InvalidExpression    a cron expression that is refused: names field, value and remedy
    ├── MalformedJson            not JSON at all, or nested too deep
    ├── TooLarge                 a body or a line over its limit
    ├── WrongContentType         a write that is not JSON
    ├── Unauthorized             a token is missing or wrong
    ├── Forbidden                the caller may not do this from here
    ├── OverLimit                too many at once: try later
    ├── NotFound                 no such agent, action or run
    ├── Conflict                 it exists already, or is in another state
    ├── ConfigError              a flag, variable or file is wrong: names the source and the key
    └── Unavailable              the store or the daemon cannot be reached or used

HTTP statuses and exit codes live in one table each (`web/app.py`, `cli/`), not here. Whatever is not a
`PypesError` is a bug: logged with its traceback, shown as "internal error".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class PypesError(Exception):
    """The root: `message` is a sentence that may be shown to a person."""

    problem: Mapping[str, Any] = MappingProxyType({})
    """What the API said (RFC 9457), where the error stands for an answer of it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(PypesError):
    """Well-formed but unacceptable; `path` names the place in the body, `$` being the whole of it."""

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path

    def under(self, prefix: str) -> "InvalidInput":
        """Give the same mistake, seen from a body in which this value stands at `prefix`."""
        inner = (self.path or "$").removeprefix("$")
        return InvalidInput(self.message, prefix + inner)


class InvalidExpression(InvalidInput):
    """A cron expression that is refused when saved."""


class MalformedJson(PypesError):
    """The text is not JSON, or is nested too deep to be read."""


class TooLarge(PypesError):
    """A body or a line exceeds its limit."""


class WrongContentType(PypesError):
    """A write whose body is not declared as JSON."""


class Unauthorized(PypesError):
    """A token is missing or wrong."""


class Forbidden(PypesError):
    """The request comes from somewhere, or asks for something, that is not allowed."""


class OverLimit(PypesError):
    """Too much at once; the same request may succeed later."""


class NotFound(PypesError):
    """There is no such agent, action or run."""


class Conflict(PypesError):
    """It exists already, or it is in a state in which this cannot be done."""


class ConfigError(PypesError):
    """A flag, a variable or the settings file is wrong."""


class Unavailable(PypesError):
    """The store or the daemon cannot be reached, or cannot be used as it is."""
