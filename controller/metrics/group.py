"""Group commit: batches that wait while one transaction runs share the next one."""

from collections.abc import Callable, Sequence
from threading import Lock

from controller.metrics.store import Append


class _Waiting:
    """Batches of one caller and what became of them."""

    __slots__ = ("batches", "error", "stored")

    def __init__(self, batches: Sequence[Append]) -> None:
        self.batches = batches
        self.stored: list[bool] | None = None
        self.error: Exception | None = None


class GroupCommit:
    """Lets one thread at a time store, for all that wait.

    A commit costs one write to disk, so many agents at once cost little more than one.
    """

    def __init__(self, store: Callable[[Sequence[Append]], list[bool]]) -> None:
        self._store = store
        self._queue: list[_Waiting] = []
        self._queue_lock = Lock()
        self._writing = Lock()

    def submit(self, batches: Sequence[Append]) -> list[bool]:
        """Store batches durably; returns, a batch, whether it was stored now.

        Raises:
            Exception: whatever storing these very batches raised.
        """
        waiting = _Waiting(batches)
        with self._queue_lock:
            self._queue.append(waiting)
        with self._writing:
            if waiting.stored is None and waiting.error is None:
                with self._queue_lock:
                    group, self._queue = self._queue, []
                self._run(group)
        if waiting.error is not None:
            raise waiting.error
        return waiting.stored or []

    def _run(self, group: list[_Waiting]) -> None:
        try:
            stored = self._store([batch for waiting in group for batch in waiting.batches])
        except Exception as error:  # noqa: BLE001 - handed to the caller whose batches these are
            if len(group) == 1:
                group[0].error = error
                return
            # One caller's bad batch must not fail the others.
            for waiting in group:
                self._run([waiting])
            return
        for waiting in group:
            count = len(waiting.batches)
            waiting.stored, stored = stored[:count], stored[count:]
