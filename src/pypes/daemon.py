"""The daemon: the one place that knows everybody. Config, store, engine, web and signals meet here.

A start binds the port, takes the owner lock, and only then removes a stale socket, opens the store and
accepts calls: whoever fails to become the owner has touched nothing.
"""

import asyncio
import gc
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from starlette.types import ASGIApp

from pypes.config import Config
from pypes.engine.engine import Engine
from pypes.errors import ConfigError, Unavailable
from pypes.health import Health
from pypes.listening import address_of, bound, keep_socket_file, socket_file
from pypes.log import Log
from pypes.owning import clock_of, database_of, owning, place_of, prepare_home
from pypes.store.database import StoreFull
from pypes.store.loading import take_over_loads
from pypes.store.store import Store
from pypes.web.app import create_app
from pypes.web.services import Services
from pypes.web.wire import Wire

TURN = 0.001
"""Seconds after which a thread that computes (a claim, a long page) lets the loop send what is due."""

GARBAGE = 50_000
"""Objects made before cycles among them are looked for: a fire makes dozens, and none is a cycle."""

Ready = Callable[[str], None]


def serve(config: Config, *, ready: Ready, rotate: bool = False) -> int:
    """Run the daemon until a signal stops it; 0. Raises a `PypesError` when it cannot start.

    `ready` is told the address once calls are accepted; `rotate` says that stderr is `daemon.err`.
    """
    _check_bind(config)
    prepare_home(config.home)
    _raise_file_limit()
    sys.setswitchinterval(TURN)
    gc.set_threshold(GARBAGE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(config, ready=ready, rotate=rotate))


async def _serve(config: Config, *, ready: Ready, rotate: bool) -> int:
    with bound(config) as tcp, owning(config), socket_file(config.socket_path) as unix:
        clock, health = clock_of(config), Health()
        log = Log(clock, form=config.log_format, rotate=config.err_path if rotate else None)
        store = await _open_store(config)
        try:
            await take_over_loads(store, clock)
            engine = Engine(store, config=config, clock=clock, log=log, health=health, place=place_of(config))
            services = _services(config, engine)
            server = _server_of(create_app(services))
            keeping = asyncio.create_task(keep_socket_file(config.socket_path, server, log))
            await engine.start()
            try:
                await _accept(server, [tcp, unix], engine, services, lambda: ready(address_of(tcp)))
            finally:
                keeping.cancel()
                await engine.stop()
        finally:
            await store.close()
        log.say("daemon", "stopped")
    return 0


async def _open_store(config: Config) -> Store:
    try:
        return await Store.open(database_of(config))
    except StoreFull:
        raise Unavailable(
            f"the disk that holds {config.store_name} is full: free some space, then start again"
        ) from None


def _services(config: Config, engine: Engine) -> Services:
    tools = engine.tools
    return Services(
        store=tools.store,
        clock=tools.clock,
        config=config,
        log=tools.log,
        health=tools.health,
        figures=tools.figures,
        presence=tools.presence,
    )


def _check_bind(config: Config) -> None:
    if not config.is_loopback and not config.token:
        raise ConfigError(
            f"{config.host} can be reached from other machines: set a token (--token or PYPES_TOKEN), "
            "or bind 127.0.0.1"
        )


def _server_of(app: ASGIApp) -> uvicorn.Server:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            loop="none",
            http=Wire,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )
    server.capture_signals = contextmanager(_no_signals)  # type: ignore[method-assign]
    return server


async def _accept(
    server: uvicorn.Server,
    sockets: list[socket.socket],
    engine: Engine,
    services: Services,
    ready: Callable[[], None],
) -> None:
    """Serve HTTP until SIGTERM or SIGINT; SIGHUP is a reload."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True
        services.stopping.set()

    for number, action in {
        signal.SIGTERM: stop,
        signal.SIGINT: stop,
        signal.SIGHUP: engine.request_reload,
    }.items():
        loop.add_signal_handler(number, action)
    serving = loop.create_task(server.serve(sockets))
    loop.call_soon(_when_started, server, serving, ready)
    await serving


def _when_started(server: uvicorn.Server, serving: "asyncio.Task[None]", ready: Callable[[], None]) -> None:
    """uvicorn says that it has started in a field only."""
    if server.started:
        ready()
    elif not serving.done():
        asyncio.get_running_loop().call_later(0.002, _when_started, server, serving, ready)


def _no_signals() -> Iterator[None]:
    """uvicorn re-raises SIGTERM when it ends, before the recorder has finished: signals are ours."""
    yield


def _raise_file_limit() -> None:
    """Every connection is a file: allow as many as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
