"""Shares of a whole. Plain values in, plain values out."""

from decimal import ROUND_HALF_UP, Decimal


def share(count: int, total: int) -> Decimal | None:
    """`count` of `total` in per cent, to one decimal, half up, from its own count; None where there is no whole.

    Shares are not adjusted to one another: they may not add up to 100, and a page that shows them says so.
    """
    if total <= 0:
        return None
    return (Decimal(100) * count / total).quantize(Decimal("0.1"), ROUND_HALF_UP)


def shares(counts: dict[str, int]) -> dict[str, Decimal | None]:
    """The share of each count in the sum of all."""
    total = sum(counts.values())
    return {code: share(count, total) for code, count in counts.items()}
