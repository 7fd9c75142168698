"""Engine: the loops and what they share, started and stopped together."""

import asyncio
import contextlib
import secrets
import socket

from pypes.address import AddressRules
from pypes.clock import Clock
from pypes.config import Config
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.gatherer import Gatherer
from pypes.engine.hearing import Hearing
from pypes.engine.heartbeat import Heartbeat
from pypes.engine.janitor import Janitor
from pypes.engine.lease import Lease
from pypes.engine.loop import keep_running
from pypes.engine.means import LONG_CLIP, Means
from pypes.engine.performer import Performer
from pypes.engine.preparing import Preparer
from pypes.engine.rebooting import fire_reboots
from pypes.engine.recorder import Recorder
from pypes.engine.scheduler import Scheduler
from pypes.engine.sender import CLIP, Sender
from pypes.engine.strays import Strays
from pypes.engine.taking_over import rescue
from pypes.engine.telling import Teller
from pypes.engine.tools import Tools
from pypes.engine.workers import Workers
from pypes.errors import PypesError
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
from pypes.model.budget import Budget
from pypes.presence import Presence
from pypes.secrets import secrets_of
from pypes.store.store import Store

STOP_PATIENCE = 10.0
"""Seconds that requests under way are given to end when the daemon stops …"""
RECORD_PATIENCE = 5.0
"""… and to be recorded."""


class Engine:
    """Makes things happen on one store. Belongs to the loop it is made in."""

    def __init__(
        self,
        store: Store,
        *,
        config: Config,
        clock: Clock,
        log: Log,
        health: Health,
        timed: bool = True,
        place: str | None = None,
    ) -> None:
        self.tools = tools = _tools(store, config=config, clock=clock, log=log, health=health)
        self._timed = timed
        self._preparer = Preparer(store, secrets=secrets_of(config.home, config.secret_names), clock=clock)
        self._recorder = Recorder(tools, is_busy=lambda: self._dispatcher.is_busy)
        self._sender = _sender(tools, config)
        self._means = _means(tools, config)
        self._dispatcher = Dispatcher(
            sender=self._sender,
            clock=clock,
            seats=config.seats,
            on_end=self._recorder.add,
            preparer=self._preparer,
            performer=Performer(self._means, on_end=self._recorder.add_settled),
            may_start=tools.lease.holds,
        )
        strays = Strays(tools, self._dispatcher, self._recorder)
        self.scheduler = Scheduler(tools, self._dispatcher, timed=timed, strays=strays)
        self._heartbeat = Heartbeat(tools, self._dispatcher, place=place or tools.owner)
        self._hearing = Hearing(tools) if store.database.notifies else None
        self._janitor = _janitor(tools, config, self._dispatcher)
        self._gatherer = Gatherer(tools)
        self._tasks: list[asyncio.Task[None]] = []
        self._reloads: set[asyncio.Task[None]] = set()

    @property
    def owner(self) -> str:
        """The name under which runs are held here."""
        return self.tools.owner

    async def start(self) -> None:
        """Say that this daemon is there, take over what a dead one left, then start the loops."""
        await self._heartbeat.begin()
        if self._timed:
            await rescue(self.tools)
            await self.tools.store.write(lambda tx: fire_reboots(tx, self.tools.clock.now()))
        loops = {
            "scheduler": self.scheduler.run,
            "recorder": self._recorder.run,
            "janitor": self._janitor.run,
            "heartbeat": self._heartbeat.run,
        }
        if self._hearing is not None:
            loops["hearing"] = self._hearing.run
        if self._timed:
            loops["gatherer"] = self._gatherer.run
        self._tasks = [
            asyncio.create_task(
                keep_running(name, run, log=self.tools.log, health=self.tools.health), name=name
            )
            for name, run in loops.items()
        ]

    def request_reload(self) -> None:
        """Look at the schedules at once, and say so."""
        task = asyncio.get_running_loop().create_task(self.scheduler.reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def stop(self) -> None:
        """Claim no more, let what is under way end, record it, and give back the rest."""
        scheduler, recorder, *others = self._tasks
        await _cancel(scheduler, *others)
        cut = await self._dispatcher.stop(STOP_PATIENCE)
        await self._preparer.stop()
        with contextlib.suppress(TimeoutError, PypesError):  # a full disk: the next start rescues them
            async with asyncio.timeout(RECORD_PATIENCE):
                await self._recorder.drain()
                await self.tools.store.write(lambda tx: tx.release_owned(self.owner))
                await self._heartbeat.end()
        if cut:
            self.tools.log.say(
                "scheduler", f"{cut} request(s) were cut; they are sent again at the next start"
            )
        await _cancel(recorder)
        await self._sender.close()
        await self._means.sender.close()
        await self._means.workers.close()


def _tools(store: Store, *, config: Config, clock: Clock, log: Log, health: Health) -> Tools:
    owner = f"{socket.gethostname()}-{secrets.token_hex(3)}"
    return Tools(
        store=store,
        clock=clock,
        owner=owner,
        log=log,
        health=health,
        figures=Figures(),
        teller=Teller(log, clock, always_all=config.log_fires == "all"),
        lease=Lease(clock, is_shared=store.database.dialect.is_shared),
        presence=Presence(node=owner, started=clock.now(), seats=config.seats),
    )


def _rules(config: Config) -> AddressRules:
    return AddressRules(allow_private=config.is_loopback, allow=config.allow_target)


def _sender(tools: Tools, config: Config, *, clip: int = CLIP) -> Sender:
    return Sender(
        clock=tools.clock,
        rules=_rules(config),
        per_host=config.seats_per_host,
        proxy=config.way_out,
        clip=clip,
        may_begin=tools.lease.holds,
    )


def _means(tools: Tools, config: Config) -> Means:
    """What runs share that are done step by step; their answers are read further than those of others."""
    return Means(
        tools=tools,
        sender=_sender(tools, config, clip=LONG_CLIP),
        workers=Workers(config.model_processes, _proxy_variables(config)),
        proxy=config.way_out,
        secrets=secrets_of(config.home, config.secret_names),
        rules=_rules(config),
        budget=Budget(
            usd_per_run=config.budget_usd_per_run,
            tokens_per_run=config.budget_tokens_per_run,
            usd_per_day=config.budget_usd_per_day,
            tokens_per_day=config.budget_tokens_per_day,
        ),
    )


def _janitor(tools: Tools, config: Config, dispatcher: Dispatcher) -> Janitor:
    return Janitor(
        tools,
        dispatcher,
        keep_runs_for=config.keep_runs_for,
        keep_runs_count=config.keep_runs_count,
        keep_inputs=config.keep_inputs,
        keep_inputs_for=config.inputs_kept_for,
    )


def _proxy_variables(config: Config) -> dict[str, str]:
    """The settings `proxy` and `no_proxy`, as the libraries that speak to models know them."""
    if config.proxy is None:
        return {}
    around = ",".join((*config.no_proxy, "localhost", "127.0.0.1", "::1"))
    return {"HTTP_PROXY": config.proxy, "HTTPS_PROXY": config.proxy, "NO_PROXY": around}


async def _cancel(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
