"""Sets of small numbers as integers: bit n stands for the number n.

A field of an expression, the days of a month and the years from 1970 to 2199 are all such sets; the questions
that a schedule asks of them are single machine operations.
"""


def at_or_after(bits: int, number: int) -> int | None:
    """Give the smallest member that is not below `number`."""
    rest = bits >> number
    return number + (rest & -rest).bit_length() - 1 if rest else None


def at_or_before(bits: int, number: int) -> int | None:
    """Give the largest member that is not above `number`."""
    rest = bits & ((2 << number) - 1)
    return rest.bit_length() - 1 if rest else None


def lowest(bits: int) -> int:
    """Give the smallest member of a set that is not empty."""
    return (bits & -bits).bit_length() - 1


def highest(bits: int) -> int:
    """Give the largest member of a set that is not empty."""
    return bits.bit_length() - 1


def count_below(bits: int, number: int) -> int:
    """Count the members that are smaller than `number`."""
    return (bits & ((1 << number) - 1)).bit_count()


def members(bits: int) -> list[int]:
    """List the members in ascending order."""
    return [number for number in range(bits.bit_length()) if bits >> number & 1]
