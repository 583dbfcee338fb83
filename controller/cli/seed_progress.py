"""How far ``fleet seed`` has come, on stderr; and Ctrl-C, heard between two blocks."""

import signal
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from controller.cli.language import gettext as _
from controller.seed.people import Login

_STEPS: Final = {
    "register": lambda: _("Schools"),
    "tickets": lambda: _("Tickets"),
    "samples": lambda: _("Samples"),
    "verdicts": lambda: _("Verdicts of months"),
}
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Progress:
    """Bars with an estimate of the time that is left; a signal ends at the next safe moment."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._wants_end = False
        #: Who may log in, once the register is committed.
        self.logins: Sequence[Login] = ()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {one: signal.signal(one, self._hear) for one in _SIGNALS}
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def begin(self, step: str, total: int) -> None:
        """A new bar."""
        self._task = self._bars.add_task(_STEPS[step](), total=total)

    def advance(self, number: int) -> None:
        """So much more is done."""
        if self._task is not None:
            self._bars.advance(self._task, number)

    def registered(self, logins: Sequence[Login]) -> None:
        """From here on something is left of the city, whatever comes."""
        self.logins = logins

    def wants_end(self) -> bool:
        """Whether somebody pressed Ctrl-C."""
        return self._wants_end

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._wants_end = True
