"""Random expressions in every corner of the dialect, the same for the same seed."""

import random
from contextlib import suppress

from pypes import cron
from pypes.errors import InvalidExpression

_NAMES = {
    4: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    5: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}


def expressions(
    seed: int, number: int, *, shapes: tuple[int, ...] = (5, 6, 7), hours: tuple[int, int] = (0, 23)
) -> list[str]:
    """Give expressions that the dialect accepts; fixed hours are drawn from `hours`."""
    dice = random.Random(seed)
    found: list[str] = []
    while len(found) < number:
        text = _expression(dice, dice.choice(shapes), hours)
        with suppress(NeverFires):
            found.append(_accepted(text))
    return found


class NeverFires(Exception):
    """The dice gave something like day 31 of February."""


def _accepted(text: str) -> str:
    try:
        cron.parse(text)
    except InvalidExpression as refusal:
        if "never fires" in refusal.message:
            raise NeverFires from None
        raise
    return text


def _expression(dice: random.Random, shape: int, hours: tuple[int, int]) -> str:
    fields = [
        _numbers(dice, 0, 59, stars=3),
        _numbers(dice, *hours, stars=3),
        _day_of_month(dice),
        _named(dice, 4, 1, 12) if dice.random() < 0.2 else "*",
        _day_of_week(dice),
    ]
    if shape > 5:
        fields.insert(0, _numbers(dice, 0, 59, stars=3))
    if shape > 6:
        fields.append(dice.choice(["*", "2020-2030", "2024,2026", "*/2", "2025/3", "2026"]))
    return " ".join(fields)


def _numbers(dice: random.Random, low: int, high: int, *, stars: int) -> str:
    if dice.randrange(10) < stars:
        return dice.choice(["*", "*", f"*/{dice.choice([2, 3, 5, 7, 10, 15, 20, 30, 70])}"])
    return ",".join(_item(dice, low, high) for _ in range(dice.choice([1, 1, 1, 2, 3])))


def _item(dice: random.Random, low: int, high: int) -> str:
    first, last = sorted((dice.choice([low, dice.randint(low, high)]), dice.randint(low, high)))
    step = dice.choice([1, 2, 3, 7, 40])
    return dice.choice(
        [f"{first}", f"{first}", f"{first}-{last}", f"{first}-{last}/{step}", f"{first}/{step}"]
    )


def _named(dice: random.Random, field: int, low: int, high: int) -> str:
    names = _NAMES[field]
    if dice.random() < 0.5:
        return _item(dice, low, high)
    first, last = sorted((dice.randrange(len(names)), dice.randrange(len(names))))
    return dice.choice([names[first], f"{names[first]}-{names[last]}", f"{names[first]}-{names[last]}/2"])


def _day_of_month(dice: random.Random) -> str:
    day = dice.randint(1, 31)
    moving = dice.choice(
        ["L", "LW", f"{day}W", f"L-{dice.randint(1, 9)}", f"L-{dice.randint(1, 9)}W", f"1,L,{day}W"]
    )
    return dice.choice(
        ["*", "*", "*", "?", "*/2", moving, _item(dice, 1, 31), f"{_item(dice, 1, 31)},{moving}"]
    )


def _day_of_week(dice: random.Random) -> str:
    day = dice.randint(0, 7)
    nth = dice.choice([f"{day}#{dice.randint(1, 5)}", f"{day}L", "FRI#L", "MON-WED#2", f"SUN#1,{day}#3"])
    plain = dice.choice([_named(dice, 5, 0, 7), f"{_named(dice, 5, 0, 6)},SAT-SUN"])
    return dice.choice(["*", "*", "*", "?", "*/2", nth, plain, f"+{plain}", f"+{nth}", f"{plain},{nth}"])
