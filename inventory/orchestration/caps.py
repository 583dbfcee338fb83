"""What a test of a line may carry along a way: what it has to show there, and no more."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from inventory.orchestration.ways import Way
from inventory.standards.access import cap_of, mbps_to_show
from inventory.standards.bound import Bound


def cap_along(
    way: Way,
    ways: Sequence[Way],
    bound: Iterable[Bound],
    contract: tuple[Decimal, Decimal],
    *,
    classes: int,
    persons: int,
) -> int:
    """Bit/s that a test of a line may carry along a way, a direction.

    Args:
        way: one of them.
        ways: all that the line is tested along; the only one has to show everything.
        bound: targets that hold for the school.
        contract: Mbit/s down and up.
        classes: of the school.
        persons: its students and teachers.
    """
    path = way.path if len(ways) > 1 else None
    asked = mbps_to_show(bound, classes=classes, persons=persons, path=path)
    return cap_of(asked, *contract, way.most)
