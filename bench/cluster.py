"""Cluster: a PostgreSQL, and daemons that share it, each behind a network of its own that can fail."""

import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any

from bench.daemon import Daemon
from bench.ledger import Row
from bench.postgres import FAST, Postgres
from bench.proxy import Proxy
from bench.times import wait_for_second

QUICK_LEASE = """
import pypes.engine.lease as lease
lease.TERM, lease.FENCE, lease.EVERY = 3_000_000, 2_000_000, 700_000
"""
"""Daemons that give one another up after 3 seconds instead of 15: what takes minutes then takes seconds."""

NO_FENCE = """
import pypes.store.asking as asking
read = asking.read_sql
def without_fence(package, name, dialect):
    sql = read(package, name, dialect)
    if name == "settle_run":
        sql = sql[:sql.index("WHERE id = :id")] + "WHERE id = :id AND :owner <> '' AND :attempt > 0"
    return sql
asking.read_sql = without_fence
"""
"""A daemon whose results are accepted whoever holds the run now."""

NO_LOCKS = """
import pypes.store.asking as asking
read_locked = asking.read_sql
def without_locks(package, name, dialect):
    return read_locked(package, name, dialect).replace("FOR UPDATE SKIP LOCKED", "")
asking.read_sql = without_locks
"""
"""A daemon that decides schedules which others decide at the same moment."""

SLOW = """
import time
from pypes.store.schedules import ScheduleTx
look = ScheduleTx.due_schedules
def slowly(self, *given, **named):
    found = look(self, *given, **named)
    time.sleep(0.15 if found else 0)
    return found
ScheduleTx.due_schedules = slowly
"""
"""A daemon that takes its time to decide, so that another one surely decides meanwhile."""

NO_KEY = """
import pypes.store.asking as asking
read_keyed = asking.read_sql
def without_key(package, name, dialect):
    sql = read_keyed(package, name, dialect)
    return sql.replace("ON CONFLICT (id) DO NOTHING", "") if "INTO runs" in sql else sql
asking.read_sql = without_key
"""
"""A daemon on a ledger whose rows have no unique key (see `drop_key`)."""

LEDGER = """
SELECT id, agent, slot, coalesce(slot_to, slot), slots, state, (started_at - effective) / 1000.0
FROM runs WHERE slot <= $1 ORDER BY id
"""

_ACCEPTED = re.compile(r"fired webhook .* run=([0-9a-f]+) ")


class Cluster:
    """Runs while the context lasts; `prelude` is Python that each daemon runs before it starts.

    One that is measured syncs its disk for each commit, and has no proxies in between.
    """

    def __init__(
        self,
        daemons: int,
        *,
        settings: Mapping[str, str] | None = None,
        prelude: str = "",
        is_measured: bool = False,
    ) -> None:
        self._settings = settings or {}
        self._prelude = prelude
        self._number = daemons
        self._is_measured = is_measured
        self._stack = ExitStack()
        self.daemons: list[Daemon] = []
        self.proxies: list[Proxy] = []
        self.server: Postgres
        self.database = ""
        self.is_broken = bool(prelude.replace(QUICK_LEASE, "").replace(SLOW, ""))
        """Whether its daemons are broken on purpose."""

    def __enter__(self) -> "Cluster":
        """Start the database, then the daemons, one after the other."""
        try:
            self.server = self._stack.enter_context(Postgres(*() if self._is_measured else FAST))
            self.database = self.server.create()
            for _ in range(self._number):
                self.add()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all of it."""
        self._stack.close()

    def add(self) -> Daemon:
        """One more daemon."""
        proxy = self._stack.enter_context(Proxy(self.server.port))
        url = self.server.url(self.database, None if self._is_measured else proxy.port)
        settings = {"PYPES_DATABASE": url, "PYPES_LOG_FIRES": "all", **self._settings}
        daemon = self._stack.enter_context(Daemon(settings, prelude=self._prelude))
        self.daemons.append(daemon)
        self.proxies.append(proxy)
        return daemon

    def ledger(self, until: int) -> list[Row]:
        """Every row whose slot is not after `until`, oldest first."""
        sql = LEDGER.replace("$1", str(until))
        rows: list[Any] = self._ask(sql)
        return [
            Row(run, agent, slot, slot_to, slots, state, None if lateness is None else float(lateness))
            for run, agent, slot, slot_to, slots, state, lateness in rows
        ]

    def busiest(self) -> Daemon:
        """The daemon that took the newest run."""
        [(owner,)] = self._ask("SELECT owner FROM runs WHERE owner IS NOT NULL ORDER BY id DESC LIMIT 1")
        names = {each.call("GET", "/nodes")["items"][0]["node"]: each for each in self.daemons}
        return names[str(owner)]

    def accepted_twice(self) -> int:
        """Runs of which two results were accepted."""
        return sum(count > 1 for count in Counter(_ACCEPTED.findall(self.said())).values())

    def drop_key(self) -> None:
        """Let a slot have as many rows as there are daemons that want one."""
        self._ask("ALTER TABLE runs DROP CONSTRAINT runs_pkey")

    def said(self) -> str:
        """What all daemons said, since their first start."""
        return "".join(daemon.said() for daemon in self.daemons)

    def _ask(self, sql: str) -> list[tuple[object, ...]]:
        return self.server.ask(sql, self.database)


class Faults:
    """What happens to a cluster: one fault after the other, each healed in the end."""

    def __init__(self, cluster: Cluster, *, term: float, luck: random.Random) -> None:
        self._cluster = cluster
        self._term = term
        self._luck = luck
        self.counts: dict[str, int] = {}
        self._kinds: dict[str, Callable[[], None]] = {
            "kill -9": self.kill,
            "freeze past the lease": self.freeze,
            "restart of the database": self.restart,
            "crash of the database": self.crash,
            "connections cut": self.cut,
            "network down past the lease": self.stall,
            "slow network": self.slow,
        }

    def happen(self, kind: str | None = None) -> None:
        """Let one fault happen, and be over."""
        kind = kind or self._luck.choice(list(self._kinds))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self._kinds[kind]()

    def kill(self) -> None:
        """A daemon dies, and comes back a little later, or much later."""
        daemon = self._luck.choice(self._cluster.daemons)
        daemon.kill()
        time.sleep(self._luck.choice([0.0, self._luck.uniform(0, 2), 1.5 * self._term]))
        daemon.start()

    def freeze(self, daemon: Daemon | None = None) -> None:
        """A daemon stands still for longer than its lease, while its requests are under way."""
        daemon = daemon or self._luck.choice(self._cluster.daemons)
        wait_for_second(0.025)
        given_up = self._given_up
        daemon.send(signal.SIGSTOP)
        self._pass_the_lease(given_up)
        daemon.send(signal.SIGCONT)

    def restart(self) -> None:
        """The database is restarted."""
        self._cluster.server.restart()

    def crash(self) -> None:
        """The database dies and recovers, after a while."""
        self._cluster.server.stop(signal.SIGQUIT)
        time.sleep(self._luck.uniform(0, self._term))
        self._cluster.server.start()

    def cut(self) -> None:
        """Every connection of a daemon is cut."""
        self._luck.choice(self._cluster.proxies).cut()

    def stall(self) -> None:
        """Nothing comes through between a daemon and the database, for longer than a lease."""
        proxy, given_up = self._luck.choice(self._cluster.proxies), self._given_up
        proxy.stall()
        self._pass_the_lease(given_up)
        proxy.heal()

    def slow(self) -> None:
        """Everything between a daemon and the database takes long."""
        proxy = self._luck.choice(self._cluster.proxies)
        proxy.delay = 0.2
        time.sleep(self._term)
        proxy.heal()

    @property
    def _given_up(self) -> int:
        """How often a daemon was given up by the others."""
        return self._cluster.said().count("is given up")

    def _pass_the_lease(self, given_up: int) -> None:
        """Wait for longer than a lease, and a while for the others to notice: the machine may be busy."""
        deadline = time.monotonic() + 5 * self._term
        time.sleep(1.6 * self._term)
        while self._given_up == given_up and time.monotonic() < deadline:
            time.sleep(0.1)

    def heal(self) -> None:
        """Nothing is wrong any more."""
        for daemon, proxy in zip(self._cluster.daemons, self._cluster.proxies, strict=True):
            proxy.heal()
            with suppress(AssertionError):
                daemon.send(signal.SIGCONT)
