"""Budgets: what a question may use, decided before anything is spent."""

import pytest

from pypes.errors import InvalidInput
from pypes.model.budget import Amount, Budget, Cap, Refused, Wish, allow, day_of, nano, usd_text

WISH = Wish(most=Amount(1000, 5000), least=Amount(100, 500), is_priced=True)


def cap(**fields: object) -> Cap:
    given: dict[str, object] = {"whose": "a day for this agent", "tokens": None, "usd": None}
    return Cap(**(given | fields))  # type: ignore[arg-type]


def test_without_limits_a_question_may_use_all_that_it_asks_for() -> None:
    assert allow(WISH, []) == WISH.most
    assert allow(WISH, [cap()]) == WISH.most


def test_what_is_left_of_the_tightest_limit_is_allowed() -> None:
    caps = [cap(tokens=900, used=Amount(200, 0)), cap(tokens=800, held=Amount(50, 0)), cap(usd=0.000004)]
    assert allow(WISH, caps) == Amount(700, 4000)


def test_where_not_even_the_prompt_fits_nothing_is_asked() -> None:
    refused = allow(WISH, [cap(tokens=1000, used=Amount(850, 0), held=Amount(100, 0))])
    assert isinstance(refused, Refused)
    assert refused.reason == (
        "budget: 1000 tokens a day for this agent, 850 used, 100 held by questions under way"
    )
    assert not refused.is_mistake
    assert refused.is_passing


def test_a_limit_in_usd_that_is_used_up_says_so() -> None:
    refused = allow(WISH, [cap(usd=0.01, used=Amount(0, nano(0.0101)))])
    assert isinstance(refused, Refused)
    assert refused.reason == "budget: 0.01 USD a day for this agent, 0.0101 used"
    assert not refused.is_passing


def test_a_limit_in_usd_cannot_be_kept_where_the_price_is_not_known() -> None:
    unpriced = Wish(most=Amount(1000, 0), least=Amount(100, 0), is_priced=False)
    refused = allow(unpriced, [cap(usd=1.0)])
    assert isinstance(refused, Refused)
    assert refused.is_mistake
    assert "the price of this model is not known" in refused.reason
    assert allow(unpriced, [cap(tokens=500)]) == Amount(500, 0)


def test_what_is_free_needs_no_money() -> None:
    free = Wish(most=Amount(1000, 0), least=Amount(100, 0), is_priced=True)
    assert allow(free, [cap(usd=0.0)]) == Amount(1000, 0)


def test_a_budget_of_nothing_allows_nothing() -> None:
    assert isinstance(allow(WISH, [cap(tokens=0)]), Refused)
    assert isinstance(allow(WISH, [cap(usd=0)]), Refused)


def test_amounts_are_whole_billionths_and_never_rounded_to_nothing() -> None:
    assert nano(0.01) == 10_000_000
    assert nano(0.1) == 100_000_000
    assert nano(1e-10) == 1
    assert usd_text(nano(0.00014)) == "0.00014"
    assert usd_text(0) == "0"


def test_days_are_those_of_utc() -> None:
    midnight = 1_777_766_400_000_000
    assert day_of(midnight - 1) + 1 == day_of(midnight)


@pytest.mark.parametrize("field", ["usd_per_run", "tokens_per_run", "usd_per_day", "tokens_per_day"])
def test_a_negative_budget_is_refused(field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Budget(**{field: -1}).check()  # type: ignore[arg-type]
    assert caught.value.path == f"$.{field}"
