"""Health: what is wrong right now, for `/readyz`, and how often a loop had to be restarted."""


class Health:
    """Problems by who has them; empty when all is well."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}
        self.restarts: dict[str, int] = {}

    def report(self, who: str, problem: str) -> bool:
        """Note a problem; True when it is news, so that it is logged once and not once a second."""
        is_news = self.problems.get(who) != problem
        self.problems[who] = problem
        return is_news

    def recover(self, who: str) -> bool:
        """Note that a problem is over; True when there was one."""
        return self.problems.pop(who, None) is not None

    def restarted(self, who: str) -> None:
        """Note that a loop died and was started again."""
        self.restarts[who] = self.restarts.get(who, 0) + 1
