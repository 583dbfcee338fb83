"""What the agent asks for a template's value: programs of its own, or the worker."""

import json
import logging
import os
import selectors
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from drivers.mqtt.templates.program import UNDEFINED, Program, TemplateFailed, run

_log = logging.getLogger(__name__)

#: Templates remembered, refused ones included.
MAX_KEPT = 4_096
#: The longest template and payload that are looked at.
MAX_TEMPLATE = 2_048
MAX_VALUE = 64 << 10
#: The worker's own limit counts processor time; this one is for a machine that stands still.
PATIENCE_SECONDS = 2.0
START_SECONDS = 20.0
#: An unused worker ends after this long.
REST_SECONDS = 60.0
_JINJA: Program = ("jinja",)
_REFUSED: Program = ("refused",)


class _WorkerDied(Exception):
    """The worker was ended by its limit, or did not answer."""


class _NoWorker(Exception):
    """No worker can be started; that is no template's fault."""


class Evaluator:
    """Evaluates templates; blocks for as long as the worker takes, so call it off the loop.

    A template that ever exceeds its time is refused for good.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Program] = OrderedDict()
        self._worker: subprocess.Popen[bytes] | None = None
        self._used = 0.0
        self.killed = 0

    def is_quick(self, template: str) -> bool:
        """Whether it is known and needs no worker."""
        return self._kept.get(template, _JINJA) is not _JINJA

    def evaluate(self, template: str, payload: bytes) -> object:
        """The value of a template for a payload: number, text, truth value, ``None``, undefined.

        Raises:
            TemplateFailed: it is refused, took too long, or has no value for this payload.
        """
        if len(template) > MAX_TEMPLATE or len(payload) > MAX_VALUE:
            raise TemplateFailed("too long")
        program = self._program(template)
        if program is _REFUSED:
            raise TemplateFailed("refused")
        value = payload.decode(errors="replace")
        if program is _JINJA:
            return self._in_worker(template, value)
        return run(program, value, _decoded(payload))

    def rest(self, now: float) -> None:
        """End the worker if it has not been needed for a while; ``now`` as ``time.monotonic``."""
        if self._worker is not None and now - self._used > REST_SECONDS:
            self.close()

    def close(self) -> None:
        """End the worker; the next use starts another."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()

    def _program(self, template: str) -> Program:
        found = self._kept.get(template)
        if found is not None:
            self._kept.move_to_end(template)
            return found
        try:
            answer = self._ask({"template": template})
        except _NoWorker:
            raise TemplateFailed("no worker") from None
        except _WorkerDied:
            answer = {"refused": "too slow"}
        if "program" in answer:
            program: Program = answer["program"]
        else:
            program = _JINJA if "jinja" in answer else _REFUSED
        self._keep(template, program)
        return program

    def _keep(self, template: str, program: Program) -> None:
        if program is _REFUSED:
            _log.info("a value template is refused: %.80r", template)
        self._kept[template] = program
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)

    def _in_worker(self, template: str, value: str) -> str:
        try:
            answer = self._ask({"template": template, "value": value})
        except _NoWorker:
            raise TemplateFailed("no worker") from None
        except _WorkerDied:
            self._keep(template, _REFUSED)
            raise TemplateFailed("took too long") from None
        if "result" not in answer:
            raise TemplateFailed(str(answer.get("failed") or answer.get("refused")))
        return str(answer["result"])

    def _ask(self, request: Mapping[str, str]) -> dict[str, Any]:
        """The worker's answer.

        Raises:
            _WorkerDied: it was ended over this request.
            _NoWorker: there is none.
        """
        self._used = time.monotonic()
        worker = self._worker or self._start()
        stdin, _ = _pipes(worker)
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            return self._read(worker, PATIENCE_SECONDS)
        except (OSError, _WorkerDied):
            self.killed += 1
            self.close()
            raise _WorkerDied from None

    def _start(self) -> subprocess.Popen[bytes]:
        """A worker that said it is ready.

        Raises:
            _NoWorker: it cannot be started.
        """
        command = [sys.executable, "-m", "drivers.mqtt.templates.worker"]
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(sys.path)}
        try:
            worker = subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            _log.warning("no worker for value templates: %s", error)
            raise _NoWorker from None
        self._worker = worker
        try:
            self._read(worker, START_SECONDS)
        except _WorkerDied:
            self.close()
            raise _NoWorker from None
        return worker

    @staticmethod
    def _read(worker: subprocess.Popen[bytes], patience: float) -> dict[str, Any]:
        _, stdout = _pipes(worker)
        gathered = b""
        deadline = time.monotonic() + patience
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not gathered.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise _WorkerDied
                piece = os.read(stdout.fileno(), 1 << 16)
                if not piece:
                    raise _WorkerDied
                gathered += piece
        answer = json.loads(gathered)
        return answer if isinstance(answer, dict) else {}


def _pipes(worker: subprocess.Popen[bytes]) -> tuple[Any, Any]:
    return worker.stdin, worker.stdout


def _decoded(payload: bytes) -> object:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNDEFINED
