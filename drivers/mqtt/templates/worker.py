"""The process that knows Jinja: ``python -m drivers.mqtt.templates.worker``.

One request a line, one answer a line, both JSON. ``{"template": T}`` is answered with
``{"program": ...}``, ``{"jinja": true}`` or ``{"refused": why}``; with a ``"value"`` beside it, it
is evaluated: ``{"result": text}`` or ``{"failed": why}``. A request that needs more than
``LIMIT_SECONDS`` of processor time ends the process (SIGPROF), one that needs more than
``LIMIT_BYTES`` of memory fails.
"""

import json
import re
import resource
import signal
import sys
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from drivers.mqtt.templates.compiler import Refused, parse, program_of

LIMIT_SECONDS = 0.05
LIMIT_BYTES = 256 << 20
#: Letters of a result that are passed on.
MAX_RESULT = 256
#: Templates kept compiled.
MAX_KEPT = 512
_FILTERS = frozenset(
    {"abs", "capitalize", "count", "d", "default", "first", "float", "format", "int", "join"}
    | {"last", "length", "lower", "max", "min", "replace", "round", "string", "sum", "title"}
    | {"trim", "upper"}
)
_TESTS = frozenset(
    {"defined", "undefined", "none", "number", "string", "mapping", "sequence", "integer", "float"}
    | {"boolean", "true", "false", "odd", "even", "in", "eq", "equalto", "ne", "lt", "gt", "le"}
    | {"ge", "==", "!=", "<", ">", "<=", ">=", "lower", "upper"}
)


def make_environment() -> ImmutableSandboxedEnvironment:
    """Jinja without anything that loops, loads or calls."""
    made = ImmutableSandboxedEnvironment(cache_size=0, optimized=False)
    made.filters = {name: one for name, one in made.filters.items() if name in _FILTERS}
    made.tests = {name: one for name, one in made.tests.items() if name in _TESTS}
    made.globals = {"float": float, "int": int}
    made.filters |= {
        "from_json": json.loads,
        "iif": lambda test, yes=True, no=False: yes if test else no,
        "multiply": lambda value, factor: float(value) * factor,
        "add": lambda value, other: float(value) + other,
        "regex_replace": lambda value, find="", by="": re.sub(find, by, str(value)),
        "regex_findall_index": lambda value, find="", index=0: re.findall(find, str(value))[index],
        "is_defined": lambda value: value,
    }
    return made


class Worker:
    """Answers requests, one after the other."""

    def __init__(self) -> None:
        self._environment = make_environment()
        self._kept: dict[str, Any] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One answer; never raises for what is in the request."""
        try:
            template = str(request["template"])
            if "value" not in request:
                return self._compile(template)
            return {"result": self._evaluate(template, str(request["value"]))[:MAX_RESULT]}
        except Refused as error:
            return {"refused": str(error)}
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError,
                MemoryError, RecursionError, re.error) as error:  # fmt: skip
            return {"failed": f"{type(error).__name__}: {error}"[:120]}

    def _compile(self, template: str) -> dict[str, Any]:
        tree = parse(self._environment, template)
        program = program_of(tree)
        return {"jinja": True} if program is None else {"program": program}

    def _evaluate(self, template: str, value: str) -> str:
        made = self._kept.get(template)
        if made is None:
            made = self._environment.from_string(parse(self._environment, template))
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[template] = made
        names: dict[str, object] = {"value": value}
        try:
            names["value_json"] = json.loads(value)
        except (ValueError, RecursionError):
            names.pop("value_json", None)
        rendered: str = made.render(names)
        return rendered.strip()


def main() -> None:
    """Answer until the input ends."""
    worker = Worker()
    worker.answer({"template": "{{ value_json.a | float | round(1) }}", "value": '{"a": 1}'})
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        # Unhandled, the signal ends the process wherever it is, inside C code too.
        signal.setitimer(signal.ITIMER_PROF, LIMIT_SECONDS)
        try:
            answer = json.dumps(worker.answer(json.loads(line)))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
