"""Mangled command line output: no crash, and no secret, whatever a device prints."""

import random
from pathlib import Path

import yaml

from drivers.ssh.platform import builtin_platforms
from drivers.ssh.task import Backup, Survey
from drivers.ssh.work import TaskFault, work

SAMPLES = Path(__file__).parent / "samples"
NOISE = [
    '"',
    "'",
    "\n",
    "\t",
    "\x1b[42D",
    "\x00",
    "%",
    "^",
    "password ",
    "key=",
    "=",
    ":",
    "€",
    "9",
]


class Mangled:
    """A command line that prints a sample with some of it changed."""

    prompt = "x"

    def __init__(self, document, chance):
        self.document, self.chance = document, chance

    def ask(self, command, *, patience=1.0):
        return mangled(self.document["outputs"].get(command, ""), self.chance)

    def order(self, lines):
        return ""

    def pause(self, seconds):
        pass


def mangled(text, chance):
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.randrange(12))
        middle = chance.choice([*NOISE, "", text[end : end + 40]]) * chance.choice([1, 1, 1, 50])
        text = text[:start] + middle + text[end:]
    return text


def survive(rounds, seed):
    """Mangle the samples in turn; both tasks must end in an answer or a ``TaskFault``."""
    chance = random.Random(seed)  # noqa: S311
    platforms = list(builtin_platforms().values())
    documents = {
        one.name: yaml.safe_load((SAMPLES / f"{one.name}.yaml").read_text("utf-8"))
        for one in platforms
    }
    for number in range(rounds):
        platform = platforms[number % len(platforms)]
        document = documents[platform.name]
        outputs = dict(document["outputs"])
        outputs[platform.configuration.command] = document["configuration"]
        line = Mangled({"outputs": outputs}, chance)
        for task in (Survey(), Backup(b"k" * 32)):
            try:
                work(line, platform, task)
            except TaskFault as fault:
                assert fault.fault.detail  # noqa: PT017


def test_mangled_output_ends_in_an_answer_or_a_fault():
    survive(110, seed=3)
