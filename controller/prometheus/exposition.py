"""The text that Prometheus reads, for tens of thousands of samples at once.

Both forms in one writer: text format 0.0.4 and OpenMetrics 1.0. ``prometheus_client`` writes
either from objects, in four times the time (``benchmarks/fleet_export.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Kind = Literal["gauge", "counter"]
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def labels(values: Mapping[str, str]) -> str:
    """``a="1",b="2"``, escaped, to be given to :meth:`Page.add`."""
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in values.items())


@dataclass(slots=True)
class _Family:
    documentation: str
    kind: Kind
    lines: list[str] = field(default_factory=list)


class Page:
    """Samples by family, in the order in which the families were declared."""

    def __init__(self) -> None:
        self._families: dict[str, _Family] = {}
        self.series = 0

    def declare(self, name: str, documentation: str, kind: Kind = "gauge") -> None:
        """A metric that samples may follow for; a counter's name ends in ``_total``."""
        self._families[name] = _Family(documentation, kind)

    def add(self, name: str, labelled: str, value: float | None) -> None:
        """One sample with labels as :func:`labels` writes them; ``None`` adds nothing."""
        if value is None:
            return
        text = f"{name}{{{labelled}}} {value}\n" if labelled else f"{name} {value}\n"
        self._families[name].lines.append(text)
        self.series += 1

    def mark(self) -> Sequence[int]:
        """How long each family is, to come :meth:`back_to`."""
        return [len(family.lines) for family in self._families.values()]

    def back_to(self, mark: Sequence[int]) -> None:
        """Forget what was added since the mark."""
        for family, length in zip(self._families.values(), mark, strict=True):
            self.series -= len(family.lines) - length
            del family.lines[length:]

    def text(self, *, openmetrics: bool = False) -> bytes:
        """The page as bytes; families without samples are left out."""
        parts: list[str] = []
        for name, family in self._families.items():
            if family.lines:
                # OpenMetrics names a counter without the suffix that its samples have.
                bare = name.removesuffix("_total") if openmetrics else name
                parts.append(f"# HELP {bare} {family.documentation}\n")
                parts.append(f"# TYPE {bare} {family.kind}\n")
                parts.extend(family.lines)
        if openmetrics:
            parts.append("# EOF\n")
        return "".join(parts).encode()


def wants_openmetrics(accept: str) -> bool:
    """Whether an ``Accept`` header puts OpenMetrics 1.0 before the text format (RFC 9110)."""
    weights = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for one in accept.split(","):
        media, *parameters = (part.strip().lower() for part in one.split(";"))
        known = dict(part.split("=", 1) for part in parameters if "=" in part)
        if media not in weights or known.get("version", "1.0.0") not in ("1.0.0", "0.0.4"):
            continue
        try:
            weight = float(known.get("q", "1"))
        except ValueError:
            continue
        weights[media] = max(weights[media], weight)
    openmetrics, text = weights.values()
    return openmetrics > 0 and openmetrics >= text
