"""The page about cron shows what really happens."""

import doctest
from pathlib import Path


def test_every_example_on_the_page_about_cron_is_true() -> None:
    page = Path(__file__).parents[2] / "docs" / "cron.md"
    examples = page.read_text(encoding="utf-8").replace("\n```\n", "\n\n")
    parsed = doctest.DocTestParser().get_doctest(examples, {}, "cron.md", str(page), 0)
    outcome = doctest.DocTestRunner().run(parsed)
    assert outcome.attempted > 15
    assert outcome.failed == 0
