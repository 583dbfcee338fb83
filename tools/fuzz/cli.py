"""Command lines: what devices print for facts and neighbours, and masking of configurations."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import yaml

from drivers.ssh.masking import Masker
from drivers.ssh.platform import builtin_platforms
from drivers.ssh.task import MAX_OUTPUT_CHARACTERS, Backup, Survey, Task
from drivers.ssh.work import TaskFault, work
from tools.fuzz import mutate

_SAMPLES = Path(__file__).parents[2] / "tests/drivers/ssh/samples"
#: Beside the project when they are there: more outputs of more commands.
_SHARED = Path(__file__).parents[3] / "shared/recordings/cli"
_KEY = b"k" * 32


class _Mangled:
    """A command line that prints a sample with some of it changed."""

    prompt = "x"

    def __init__(self, outputs: dict[str, str], chance: Random) -> None:
        self._outputs, self._chance = outputs, chance
        self.asked = 0

    def ask(self, command: str, *, patience: float = 1.0) -> str:
        self.asked += 1
        return mutate.text(self._outputs.get(command, ""), self._chance)

    def order(self, lines: tuple[str, ...]) -> str:
        return "".join(lines)

    def pause(self, seconds: float) -> None:
        """Nobody waits."""


class Outputs:
    """Outputs of every platform, read by all three tasks; an output is an input."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._platforms = []
        for platform in builtin_platforms().values():
            sample: Any = yaml.safe_load((_SAMPLES / f"{platform.name}.yaml").read_text("utf-8"))
            outputs = dict(sample["outputs"])
            outputs[platform.configuration.command] = sample["configuration"]
            self._platforms.append((platform, outputs, _more(platform.templates)))

    def step(self, chance: Random) -> int:
        platform, outputs, more = chance.choice(self._platforms)
        if more and chance.random() < 0.3:
            outputs = outputs | {command: chance.choice(more) for command in outputs}
        line = _Mangled(outputs, chance)
        tasks: tuple[Task, ...] = (Survey(), Backup(_KEY))
        for task in tasks:
            try:
                work(line, platform, task)
                self.outcomes["read"] += 1
            except TaskFault as fault:
                assert fault.fault.detail
                self.outcomes["refused"] += 1
        return line.asked

    def close(self) -> None:
        """Nothing is open."""


def _more(templates: str) -> list[str]:
    paths = sorted((_SHARED / templates).rglob("*.raw"))
    return [path.read_text("utf-8", "replace")[:20_000] for path in paths]


#: A word nobody writes by chance, behind every word that announces a secret.
_SECRET = "Q7secretZ9xx"
_LINES = (
    f"enable secret 5 {_SECRET}",
    f"snmp-server community {_SECRET} ro 10",
    f"snmp-agent community read cipher {_SECRET}",
    f"username admin privilege 15 password 7 {_SECRET}",
    f"/user add name=tech password={_SECRET} group=full",
    f" radius-server shared-key cipher {_SECRET}",
    f"set psksecret ENC {_SECRET}",
)
_HARMLESS = (" ", "hostname a", "#", "interface 1", " description lab", "!", "return", "exit", "}")


class Masking:
    """Configurations with secrets among changed lines: masking ends, and no whole line leaks."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._masker = Masker(_KEY)

    def step(self, chance: Random) -> int:
        for _ in range(10):
            lines = [
                mutate.text(chance.choice((*_LINES, *_HARMLESS)).replace(_SECRET, "Qx9"), chance)
                for _ in range(chance.randrange(8))
            ]
            # Whatever comes before it, a line of its own must be masked: unless what came before
            # opened a quotation that this line is a part of.
            at = chance.randrange(len(lines) + 1)
            before = "\n".join(lines[:at])
            if not any(mark in before for mark in "\"'`<^-"):
                lines.insert(at, chance.choice(_LINES))
            masked = self._masker.mask("\n".join(lines))
            assert len(masked) <= MAX_OUTPUT_CHARACTERS
            assert _SECRET not in masked, lines
            self.outcomes["masked"] += 1
        return 10

    def close(self) -> None:
        """Nothing is open."""
