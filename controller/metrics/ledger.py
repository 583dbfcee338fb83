"""Which batches are stored, in memory: runs of sequence numbers for every (agent, epoch)."""

from bisect import bisect_right

from controller.metrics.store import BatchKey


class Ledger:
    """A set of batch keys. An agent counts up, so a year of batches is usually one run."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def __contains__(self, key: BatchKey) -> bool:
        runs = self._runs.get((key.agent, key.epoch), ())
        place = bisect_right(runs, key.sequence, key=lambda run: run[0])
        return place > 0 and key.sequence <= runs[place - 1][1]

    def add(self, key: BatchKey) -> None:
        """Remember one key."""
        self.add_run(key.agent, key.epoch, key.sequence, key.sequence)

    def add_run(self, agent: str, epoch: str, first: int, last: int) -> None:
        """Remember the keys ``first`` to ``last``, both included; runs that touch become one."""
        runs = self._runs.setdefault((agent, epoch), [])
        start = bisect_right(runs, first, key=lambda run: run[0])
        if start and runs[start - 1][1] >= first - 1:
            start -= 1
        stop = start
        while stop < len(runs) and runs[stop][0] <= last + 1:
            first, last = min(first, runs[stop][0]), max(last, runs[stop][1])
            stop += 1
        runs[start:stop] = [(first, last)]

    def forget(self, agent: str, epoch: str) -> None:
        """Forget everything of an epoch."""
        self._runs.pop((agent, epoch), None)
