"""A device's configuration as it is kept: masked, without what changes by itself, comparable."""

import difflib
import hashlib
import re
from collections.abc import Iterable

import msgspec

from drivers.ssh.masking import Masker
from drivers.ssh.platform import ConfigurationSource

_LONGEST_DIFF_LINES = 5_000
# Left behind by pagers and terminals, never part of a configuration.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


class Configuration(msgspec.Struct, frozen=True):
    """A backup; its lines end in a line feed.

    Args:
        text: the configuration, secrets masked, volatile lines left out.
        sha256: of ``text`` in UTF-8, in hex; two backups with the same one are the same.
        taken_at: the agent's clock when it was read, milliseconds since the epoch (UTC).
    """

    text: str
    sha256: str
    taken_at: int


class ConfigurationChange(msgspec.Struct, frozen=True):
    """What happened between two backups.

    Args:
        before: ``sha256`` of the older one.
        after: ``sha256`` of the newer one.
        since: when the older one was taken; the change came after it.
        taken_at: when the newer one was taken; the change came before it.
        added: lines that came.
        removed: lines that went.
        diff: unified diff, at most 5,000 lines of it.
    """

    before: str
    after: str
    since: int
    taken_at: int
    added: int
    removed: int
    diff: str


def cleaned(text: str, source: ConfigurationSource, masker: Masker) -> str:
    """What a device printed, made fit to be kept and compared.

    Masking comes before anything is left out, so that a secret cannot hide behind a cut.
    """
    text = _TERMINAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if source.wrapped:
        text = re.sub(r"\\\n[ \t]*", "", text)
    text = masker.mask(text, source)
    volatile = [re.compile(pattern) for pattern in source.volatile]
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line for line in lines if not any(pattern.match(line) for pattern in volatile)]
    return "\n".join(kept).strip("\n") + "\n"


def is_whole(text: str, source: ConfigurationSource) -> bool:
    """Whether the last line is the one a whole configuration ends with, where that is known."""
    last = text.rstrip().rsplit("\n", 1)[-1].strip()
    return bool(last) and (source.end is None or re.search(source.end, last) is not None)


def configuration_of(text: str, taken_at: int) -> Configuration:
    """A backup of a text that is clean already."""
    return Configuration(text, hashlib.sha256(text.encode()).hexdigest(), taken_at)


def unified_diff(old: Configuration, new: Configuration, *, context: int = 3) -> str:
    """The difference as ``diff -u`` prints it; empty when there is none."""
    return "".join(_bounded(_diff(old, new, context)))


def changed_since(old: Configuration, new: Configuration) -> ConfigurationChange | None:
    """What changed from one backup to a later one of the same device; None when nothing did."""
    if old.sha256 == new.sha256:
        return None
    lines = list(_diff(old, new, 3))
    return ConfigurationChange(
        before=old.sha256,
        after=new.sha256,
        since=old.taken_at,
        taken_at=new.taken_at,
        # The first two lines are the header.
        added=sum(line.startswith("+") for line in lines[2:]),
        removed=sum(line.startswith("-") for line in lines[2:]),
        diff="".join(_bounded(lines)),
    )


def _diff(old: Configuration, new: Configuration, context: int) -> Iterable[str]:
    return difflib.unified_diff(
        old.text.splitlines(keepends=True),
        new.text.splitlines(keepends=True),
        fromfile=old.sha256[:12],
        tofile=new.sha256[:12],
        n=context,
    )


def _bounded(lines: Iterable[str]) -> list[str]:
    kept = list(lines)
    if len(kept) <= _LONGEST_DIFF_LINES:
        return kept
    left_out = len(kept) - _LONGEST_DIFF_LINES
    return [*kept[:_LONGEST_DIFF_LINES], f"... {left_out} more lines\n"]
