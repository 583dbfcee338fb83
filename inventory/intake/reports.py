"""What a batch brings beside readings: each report goes to the table of its kind, once.

A batch may come twice before the ledger knows it (a kill between two commits). So every row a
report makes is named after the batch and its place in it, or is an upsert that newer ones win.
"""

from collections.abc import Iterable

from sqlmodel import Session

from drivers.readings import CommandResult, Configuration, Event, Finding, Report
from inventory.commands import record_results
from inventory.intake.configurations import record_configurations
from inventory.intake.events import record_events
from inventory.intake.findings import record_findings
from inventory.intake.sources import Recorder, Source

__all__ = ["RECORDERS", "Source", "record_reports"]


def record_reports(session: Session, source: Source, reports: Iterable[Report]) -> int:
    """Store reports; flushes, never commits. Returns how many the agent may not write.

    Those of schools the agent does not serve, and of subjects that are not there, are left out:
    one device that moved away must not cost what else was in the batch.
    """
    by_kind: dict[type[Report], list[tuple[int, Report]]] = {}
    for place, report in enumerate(reports):
        by_kind.setdefault(type(report), []).append((place, report))
    return sum(
        RECORDERS[kind](session, source, found) if kind in RECORDERS else len(found)
        for kind, found in by_kind.items()
    )


RECORDERS: dict[type[Report], Recorder] = {
    CommandResult: record_results,
    Configuration: record_configurations,
    Event: record_events,
    Finding: record_findings,
}
