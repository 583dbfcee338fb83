"""Tests over several processes that are forked when all modules are read: ``--processes 4``.

Each takes the next file when it has done one, in the order in which they were collected. What
everybody loads is loaded once and shared, so that a process more costs next to nothing.

One process does nothing but browser tests, from the start: they are the longest, and no other test
may follow them in a process, since Playwright leaves an event loop running there. When it has done
them a new one takes its place; the others join it when everything else is done.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import pytest
from _pytest.capture import CaptureManager
from _pytest.tmpdir import TempPathFactory

from tests.forked import stand_down, stand_ready

_CONTEXT = get_context("fork")
_END = 1 << 30
Files = Sequence[Sequence[pytest.Item]]
_Place = tuple[str, tuple[str, int | None, str]]  # a test's name, and where it is written


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processes", type=int, default=1, metavar="N", help="spread files of tests over N forks"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Instead of pytest's own loop, where more than one process is asked for."""
    number = session.config.getoption("processes")
    if number < 2 or session.config.option.collectonly or session.testsfailed:
        return None
    files = [list(items) for _, items in groupby(session.items, key=lambda item: item.path)]
    browsing = [one for one in files if _browses(one)]
    others = [one for one in files if not _browses(one)]
    _Spread(session, _Queue(others), _Queue(browsing)).run(number)
    return True


def _browses(file: Sequence[pytest.Item]) -> bool:
    return any("browser" in getattr(item, "fixturenames", ()) for item in file)


class _Queue:
    """Files of tests, and whose turn is next, which all processes see."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._turn: Synchronized[int] = _CONTEXT.Value("i", 0)

    @property
    def is_over(self) -> bool:
        """Whether no test is to begin any more."""
        return self._turn.value >= _END

    @property
    def is_taken(self) -> bool:
        return self._turn.value >= len(self.files)

    def end(self) -> None:
        self._turn.value = _END

    def take(self) -> Sequence[pytest.Item]:
        """The next file; none when all are taken."""
        with self._turn.get_lock():
            place = self._turn.value
            if place >= len(self.files):
                return ()
            self._turn.value = place + 1
        return self.files[place]


class _Spread:
    """What the first process does: it hands out turns and repeats what the others report."""

    def __init__(self, session: pytest.Session, others: _Queue, browsing: _Queue) -> None:
        self._session = session
        self._others = others
        self._browsing = browsing
        self._ended: Counter[str] = Counter()
        self._running: dict[Connection, _Place | None] = {}
        self._processes: list[ForkProcess] = []

    def run(self, number: int) -> None:
        """Until every test is done, or enough have failed.

        Raises:
            pytest.Session.Failed: as many failed as are allowed, or some tests were not run.
            pytest.Session.Interrupted: a plugin wants an end.
        """
        config = self._session.config
        config.get_terminal_writer().flush()  # or every fork says it again
        for place in range(number):
            alone = place == 0 and self._browsing.files
            self._start((self._browsing,) if alone else (self._others, self._browsing))
        try:
            while self._running:
                for connection in wait(list(self._running)):
                    self._hear(connection)  # type: ignore[arg-type]
        finally:
            self._end()
            for process in self._processes:
                process.join()
        self._account()

    def _start(self, queues: Sequence[_Queue]) -> None:
        config = self._session.config
        base = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        receiving, sending = _CONTEXT.Pipe(duplex=False)
        folder = base / f"process-{len(self._processes)}"
        process = _CONTEXT.Process(target=_work, args=(self._session, queues, sending, folder))
        process.start()
        sending.close()
        self._processes.append(process)
        self._running[receiving] = None

    def _end(self) -> None:
        self._others.end()
        self._browsing.end()

    def _hear(self, connection: Connection) -> None:
        try:
            word, said = connection.recv()
        except EOFError:
            died = self._running.pop(connection)
            self._report_death(died)
            return
        if word == "begins":
            self._running[connection] = said
        elif word == "reports":
            report = self._session.config.hook.pytest_report_from_serializable(
                config=self._session.config, data=said
            )
            self._session.config.hook.pytest_runtest_logreport(report=report)
        elif word == "ends":
            self._ended[said] += 1
        else:
            del self._running[connection]
            if not self._others.is_taken:
                # It has done the browser tests, and the next comes in its place.
                self._start((self._others, self._browsing))
        if self._session.shouldfail or self._session.shouldstop:
            self._end()

    def _report_death(self, last: _Place | None) -> None:
        nodeid, location = last or ("", ("", None, "a process of tests"))
        report = pytest.TestReport(
            nodeid, location, {}, "failed", "the process died that ran this test", "call"
        )
        self._session.config.hook.pytest_runtest_logreport(report=report)

    def _account(self) -> None:
        if self._session.shouldfail:
            raise self._session.Failed(self._session.shouldfail)
        if self._session.shouldstop:
            raise self._session.Interrupted(self._session.shouldstop)
        missing = len(self._session.items) - self._ended.total()
        if missing:
            raise self._session.Failed(f"{missing} tests were not run")


class _Reporter:
    """Sends on what a process would have shown itself."""

    def __init__(self, config: pytest.Config, sending: Connection) -> None:
        self._config = config
        self._sending = sending

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        self._sending.send(("begins", (str(nodeid), location)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._sending.send(("reports", data))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._sending.send(("ends", str(nodeid)))


def _work(
    session: pytest.Session, queues: Sequence[_Queue], sending: Connection, base: Path
) -> None:
    stand_ready(sending)
    try:
        _of_its_own(session.config, base)
        session.config.pluginmanager.unregister(name="terminalreporter")
        session.config.pluginmanager.register(_Reporter(session.config, sending))
        _take_turns(session, queues)
        sending.send(("bye", None))
    finally:
        stand_down()


def _take_turns(session: pytest.Session, queues: Sequence[_Queue]) -> None:
    hook = session.config.hook
    last: pytest.Item | None = None
    try:
        for item, following in _turns(session, queues):
            last = item
            hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail or session.shouldstop:
                break
    finally:
        # Fixtures of the session, whatever happened; an error there is the last test's.
        if last is not None:
            _keep_what_is_printed(session.config)
            call = pytest.CallInfo.from_call(
                lambda: session._setupstate.teardown_exact(None), when="teardown"
            )
            if call.excinfo is not None:
                report = hook.pytest_runtest_makereport(item=last, call=call)
                hook.pytest_runtest_logreport(report=report)


def _of_its_own(config: pytest.Config, base: Path) -> None:
    """Temporary folders, and files that keep what tests print: forks share open ones."""
    base.mkdir(mode=0o700)
    factory: TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = base
    capture: CaptureManager = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    capture.suspend_global_capture()  # a test's own wrapper goes on with it


def _keep_what_is_printed(config: pytest.Config) -> None:
    capture: CaptureManager = config.pluginmanager.getplugin("capturemanager")
    capture.resume_global_capture()


def _turns(session: pytest.Session, queues: Sequence[_Queue]) -> Iterator[tuple[pytest.Item, Any]]:
    """Tests of the files whose turn it is, each with what follows it.

    After the last of a file nothing but the session goes on: which file is next is not known yet.
    """
    for queue in queues:
        while file := queue.take():
            for item, following in zip(file, [*file[1:], session], strict=True):
                if queue.is_over:
                    return
                yield item, following
