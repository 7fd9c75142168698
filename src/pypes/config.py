"""Config: flags > environment > `config.toml` > defaults; merged from what was given, checked once."""

import ipaddress
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from pypes.errors import ConfigError, InvalidInput
from pypes.given import converted, from_environment, from_file
from pypes.instants import parse_duration
from pypes.proxy import Proxy, read_proxy
from pypes.url import masked

_SQLITE = "sqlite:///"
_DATABASES = re.compile(r"sqlite:///[^\0]+[^/\0]|postgres(ql)?://[^\0\s]+")
LONGEST_SOCKET_PATH = 107
"""What fits into a unix socket's address on Linux (unix(7): sun_path holds 108 bytes, one of them NUL)."""

AT_LEAST_ONE = (
    *("keep_runs_count", "seats", "seats_per_host", "model_processes"),
    *("max_body", "max_agents_body"),
)
NOT_NEGATIVE = (
    *("budget_usd_per_run", "budget_tokens_per_run", "budget_usd_per_day", "budget_tokens_per_day"),
    "keep_inputs",
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, with its default."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 7979
    database: str | None = None
    """`sqlite:///PATH` or `postgresql://USER@HOST/NAME`; the store in the home when absent."""
    database_prepares: bool = True
    """False where a pooler stands in between that knows no prepared statements (PgBouncer before 1.21)."""
    database_notifies: bool = True
    """False where the database has no LISTEN and NOTIFY; it is then asked once a second, as always."""
    allow_host: tuple[str, ...] = ()
    """Names by which clients may call this daemon, besides localhost and the bound address."""
    allow_target: tuple[str, ...] = ()
    """Hosts and networks that webhooks may reach although they are private, once the bind is not loopback."""
    proxy: str | None = None
    """`http://HOST:PORT`: webhooks go through this proxy; what the environment calls so is not asked."""
    no_proxy: tuple[str, ...] = ()
    """Hosts (with what is below them) and networks that are reached without the proxy."""
    token: str | None = None
    log_format: Literal["text", "json"] = "text"
    log_fires: Literal["auto", "all"] = "auto"
    """`auto`: above 100 fires a second one summary line a second takes the place of fire lines."""
    keep_runs: str = "7d"
    keep_runs_count: int = 10_000_000
    keep_inputs: int = 1000
    """How many of its newest inputs each agent keeps."""
    keep_inputs_for: str | None = None
    """How long an agent keeps an input; without limit when absent."""
    secret_names: tuple[str, ...] = ()
    """Variables that `env:NAME` may read, besides those called `PYPES_SECRET_*`."""
    seats: int = 32_768
    """How many runs one daemon holds at once."""
    seats_per_host: int = 64
    """How many requests go to one host at once; more wait their turn."""
    model_processes: int = 4
    """How many processes talk to language models at once; each holds about 110 MB while it is needed."""
    budget_usd_per_run: float | None = None
    budget_tokens_per_run: int | None = None
    budget_usd_per_day: float | None = None
    """What models may cost in a day, UTC, over all agents of the store."""
    budget_tokens_per_day: int | None = None
    max_body: int = 10_000_000
    """Bytes of a JSON body, or of one NDJSON line."""
    max_agents_body: int = 1_000_000_000
    """Bytes of an NDJSON body to `/agents`."""

    @property
    def is_shared(self) -> bool:
        """True when other daemons may use the same store."""
        return self.database is not None and not self.database.startswith(_SQLITE)

    @property
    def store_path(self) -> Path:
        """The SQLite store; of a daemon that shares another, where it would be."""
        if self.database is not None and not self.is_shared:
            return Path(self.database.removeprefix(_SQLITE))
        return self.home / "db" / "pypes.db"

    @property
    def store_place(self) -> Path | str:
        """Where the store is: a path, or the URL of a database that daemons share."""
        return self.database if self.database is not None and self.is_shared else self.store_path

    @property
    def store_name(self) -> str:
        """How messages name the store: without a password."""
        return masked(str(self.store_place))

    @property
    def lock_path(self) -> Path:
        """Held by whoever owns the store, or, where daemons share one, this home."""
        return self.store_path.with_suffix(".lock")

    @property
    def socket_path(self) -> Path:
        """The running daemon's unix socket."""
        return self.home / "pypes.sock"

    @property
    def pid_path(self) -> Path:
        """The background daemon's process id."""
        return self.home / "tmp" / "agents.pid"

    @property
    def out_path(self) -> Path:
        """Standard output of the background daemon."""
        return self.home / "tmp" / "daemon.out"

    @property
    def err_path(self) -> Path:
        """Standard error of the background daemon: its log."""
        return self.home / "tmp" / "daemon.err"

    @property
    def is_loopback(self) -> bool:
        """True while only this machine can reach the daemon."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def bind_objection(self) -> str | None:
        """Why this must not listen as it is: others could reach it, and nothing would be asked of them."""
        if self.is_loopback or self.token:
            return None
        return (
            f"{self.host} can be reached from other machines: set a token (--token or PYPES_TOKEN), "
            "or bind 127.0.0.1"
        )

    @property
    def way_out(self) -> Proxy | None:
        """The proxy that webhooks go through."""
        return None if self.proxy is None else read_proxy(self.proxy, self.no_proxy)

    @property
    def keep_runs_for(self) -> int:
        """How long the ledger keeps a finished run, in microseconds."""
        return parse_duration(self.keep_runs)

    @property
    def inputs_kept_for(self) -> int | None:
        """How long an agent keeps an input, in microseconds; None without limit."""
        return None if self.keep_inputs_for is None else parse_duration(self.keep_inputs_for)


def default_home(environment: Mapping[str, str]) -> Path:
    """Where a user's agents live: `$PYPES_HOME`, or `~/.agents`."""
    text = environment.get("PYPES_HOME") or "~/.agents"
    if "\0" in text:
        raise ConfigError("PYPES_HOME: a path has no NUL")
    try:
        home = Path(text).expanduser().absolute()
        home.exists()  # raises what only a look at the path can tell: a name that is too long
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(f"PYPES_HOME: {error}") from None
    return home


def is_database(url: str) -> bool:
    """Whether a URL is one of a store."""
    return _DATABASES.fullmatch(url) is not None


def load_config(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Config:
    """Merge what each source gives; raise `ConfigError` naming the source and key of a mistake.

    `flags` holds only what was typed; None counts as not given.
    """
    environment = os.environ if environment is None else environment
    home = default_home(environment)
    path = home / "config.toml"
    known = _known()
    given = from_file(path, known) | from_environment(environment, known)
    given |= {key: (value, f"--{key.replace('_', '-')}") for key, value in flags.items() if value is not None}
    values = {key: converted(key, value, known[key], source) for key, (value, source) in given.items()}
    config = Config(home=home, **values)
    _check(config, {key: source for key, (_, source) in given.items()})
    return config


def _known() -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(Config) if field.name != "home"}


def _check(config: Config, sources: Mapping[str, str]) -> None:
    for key, why in _objections(config):
        raise ConfigError(f"{sources.get(key, key)}: {why}")
    if len(os.fsencode(config.socket_path)) > LONGEST_SOCKET_PATH:
        raise ConfigError(
            f"the path {config.socket_path} is longer than the {LONGEST_SOCKET_PATH} bytes "
            "that a unix socket allows: set PYPES_HOME to a shorter path"
        )


def _objections(config: Config) -> Iterator[tuple[str, str]]:
    """What cannot be, by the key of the setting."""
    if not 0 <= config.port <= 65535:
        yield "port", f"{config.port} is not a port: 0 to 65535"
    if config.database is not None and not is_database(config.database):
        shown = masked(config.database)
        yield (
            "database",
            f"`{shown}` is not a store known here: write sqlite:///PATH or postgresql://USER@HOST/NAME",
        )
    for key in AT_LEAST_ONE:
        if getattr(config, key) < 1:
            yield key, "must be at least 1"
    for key in NOT_NEGATIVE:
        if (getattr(config, key) or 0) < 0:
            yield key, "must be 0 or more"
    yield from _unread("proxy", lambda: config.proxy is None or read_proxy(config.proxy, ()))
    yield from _unread("no_proxy", lambda: read_proxy("http://none", config.no_proxy))
    yield from _unread("keep_runs", lambda: config.keep_runs_for)
    yield from _unread("keep_inputs_for", lambda: config.inputs_kept_for)


def _unread(key: str, read: Callable[[], object]) -> Iterator[tuple[str, str]]:
    """Why a setting cannot be read, if that is so."""
    try:
        read()
    except InvalidInput as error:
        yield key, error.message
