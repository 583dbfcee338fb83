"""A watcher of seeding that can lose its patience."""

from collections.abc import Sequence

from controller.seed.people import Login


class Patience:
    """A watcher that wants an end after so many questions of a step."""

    def __init__(self, questions: int, step: str) -> None:
        self._left, self._step, self._now = questions, step, ""
        self.logins: Sequence[Login] = ()

    def registered(self, logins: Sequence[Login]) -> None:
        self.logins = logins

    def begin(self, step: str, total: int) -> None:
        assert total >= 0
        self._now = step

    def advance(self, number: int) -> None:
        assert number >= 0

    def wants_end(self) -> bool:
        self._left -= self._now == self._step
        return self._left < 0
