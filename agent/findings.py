"""One thing that ``fleet-agent doctor`` looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and else what to do."""

    check: str
    ok: bool
    message: str
    advice: str = ""
