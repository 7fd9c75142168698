"""Figures: what the engine counts as it goes, cheaply, for `/metrics`."""

from bisect import bisect_left

LATENESS_BUCKETS_MS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 60_000)


class Figures:
    """Counters since the daemon started."""

    def __init__(self) -> None:
        self.fires = 0
        """Runs whose first attempt was made."""
        self.attempts: dict[str, int] = {"succeeded": 0, "failed": 0, "retried": 0}
        """Attempts by what came of them; `retried` ones failed and will be tried again."""
        self.lateness_counts = [0] * (len(LATENESS_BUCKETS_MS) + 1)
        """First attempts by lateness; the last one counts what is later than every bucket."""
        self.lateness_ms_sum = 0.0
        self.results_refused = 0
        """Outcomes that were not accepted because the run was no longer held."""

    def first_attempt(self, lateness: int) -> None:
        """Count the start of a run, `lateness` microseconds after its effective slot."""
        milliseconds = lateness / 1000
        self.fires += 1
        self.lateness_ms_sum += milliseconds
        self.lateness_counts[bisect_left(LATENESS_BUCKETS_MS, milliseconds)] += 1
