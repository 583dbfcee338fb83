"""How loudly a finding is told; apart from the tables, because rules know no database."""

from enum import StrEnum


class Severity(StrEnum):
    """How loudly a finding is told."""

    warning = "warning"
    critical = "critical"
