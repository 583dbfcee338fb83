"""How much the tests of one minute may carry together."""


class Load:
    """Minutes since 1970 and what the tests of each carry, so that none exceeds its share.

    Args:
        bits_per_second: of all tests of one minute together.
        at_once: tests of one minute.
    """

    def __init__(self, bits_per_second: int, at_once: int) -> None:
        self._most, self._at_once = bits_per_second, at_once
        self._carried: dict[int, int] = {}
        self._tests: dict[int, int] = {}

    def fits(self, minute: int, bits_per_second: int) -> bool:
        return (
            self._carried.get(minute, 0) + bits_per_second <= self._most
            and self._tests.get(minute, 0) < self._at_once
        )

    def take(self, minute: int, bits_per_second: int) -> None:
        self._carried[minute] = self._carried.get(minute, 0) + bits_per_second
        self._tests[minute] = self._tests.get(minute, 0) + 1
