"""Pauses by which long jobs let those go first who answer somebody."""

import time
from types import TracebackType

#: Long enough for the interpreter to pass to another thread.
_SHORTEST = 0.0002
_LONGEST = 0.1


def let_others_run(seconds: float = 0.0) -> None:
    """Have threads that answer somebody go on before a long job does.

    Of two threads that compute, each waits for the other every half a millisecond, so a page takes
    twice its time beside a job. Who sleeps waits for nobody and holds nobody up.
    """
    time.sleep(max(_SHORTEST, min(seconds, _LONGEST)))


class Piece:
    """A piece of a long job, after which it rests for as long as the piece took."""

    def __enter__(self) -> None:
        self._began = time.thread_time()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        let_others_run(time.thread_time() - self._began)
