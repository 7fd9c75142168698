"""Collector: the figures of the engine, the store and the daemon as Prometheus' metrics.

Imported when it is first asked for: prometheus_client costs 100 ms, and many daemons are never scraped.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)

from pypes import __version__
from pypes.figures import LATENESS_BUCKETS_MS, Figures
from pypes.model.budget import NANO
from pypes.store.run_rows import SpentRow
from pypes.web.services import Services

STATES = ("waiting", "running")


class Counts(NamedTuple):
    """What the store counts."""

    kept: dict[str, int]
    open_runs: dict[str, int]
    queued: int
    spent: list[SpentRow]
    """What models have used today, if anything."""


class Snapshot:
    """A collector (Prometheus' word) over figures that are counted anyway."""

    def __init__(self, services: Services, counts: Counts) -> None:
        self._services = services
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from _of_engine(self._services.figures)
        yield from _of_store(self._services, self._counts)
        yield from _of_daemon(self._services)


def _of_engine(figures: Figures) -> Iterator[Metric]:
    yield CounterMetricFamily("pypes_fires", "Runs whose first attempt was made", figures.fires)
    attempts = CounterMetricFamily("pypes_attempts", "Attempts by what came of them", labels=["outcome"])
    for outcome, count in figures.attempts.items():
        attempts.add_metric([outcome], count)
    yield attempts
    refused = "Outcomes not accepted, because the run was no longer held"
    yield CounterMetricFamily("pypes_results_refused", refused, figures.results_refused)
    bounds = [*(str(bound / 1000) for bound in LATENESS_BUCKETS_MS), "+Inf"]
    yield HistogramMetricFamily(
        "pypes_lateness_seconds",
        "From a run's effective slot to the start of its first attempt",
        buckets=list(zip(bounds, accumulate(figures.lateness_counts), strict=True)),
        sum_value=figures.lateness_ms_sum / 1000,
    )


def _of_store(services: Services, counts: Counts) -> Iterator[Metric]:
    open_runs = GaugeMetricFamily("pypes_open_runs", "Runs that are not over, by state", labels=["state"])
    for state in STATES:
        open_runs.add_metric([state], counts.open_runs.get(state, 0))
    yield open_runs
    yield GaugeMetricFamily("pypes_queue", "Runs that are due and not yet taken", counts.queued)
    yield GaugeMetricFamily("pypes_agents", "Agents", counts.kept["agents"])
    yield GaugeMetricFamily("pypes_schedules_active", "Active timed triggers", counts.kept["schedules"])
    yield GaugeMetricFamily("pypes_ledger_runs", "Rows of the ledger", counts.kept["runs"])
    tokens = "Tokens that models have used today (UTC), over all agents"
    yield GaugeMetricFamily("pypes_model_tokens_today", tokens, sum(row.tokens for row in counts.spent))
    cost = "What they cost in USD, where the price is known"
    yield GaugeMetricFamily("pypes_model_usd_today", cost, sum(row.nano_usd for row in counts.spent) / NANO)
    took = "How long the store's last transaction took, its sync included"
    yield GaugeMetricFamily("pypes_store_commit_seconds", took, services.store.commit_seconds)
    yield CounterMetricFamily("pypes_store_commits", "Transactions written", services.store.commits)


def _of_daemon(services: Services) -> Iterator[Metric]:
    health = services.health
    yield GaugeMetricFamily("pypes_ready", "1 while nothing is wrong", int(not health.problems))
    restarts = CounterMetricFamily(
        "pypes_loop_restarts", "Loops that died and were restarted", labels=["loop"]
    )
    for loop, count in health.restarts.items():
        restarts.add_metric([loop], count)
    yield restarts
    build = {"version": __version__, "node": services.presence.node}
    yield InfoMetricFamily("pypes_build", "Which pypes this is", build)


def render(services: Services, counts: Counts) -> bytes:
    """Write all metrics, and those of the process, in the text format."""
    registry = CollectorRegistry()
    registry.register(Snapshot(services, counts))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
