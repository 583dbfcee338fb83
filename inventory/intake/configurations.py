"""What agents say devices run by becomes versions, and changes become events."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from drivers.readings import Configuration, Report
from drivers.ssh.configuration import Configuration as Backup
from drivers.ssh.configuration import ConfigurationChange, changed_since
from inventory.intake.sources import Source
from inventory.models import Device, DeviceConfiguration, DeviceEvent
from inventory.repositories.configurations import ConfigurationRepository
from inventory.scope import Scope

CHANGED = "configuration_changed"


def record_configurations(
    session: Session, source: Source, reports: Sequence[tuple[int, Report]]
) -> int:
    """Keep configurations; returns how many the agent may not write, or are not what they say."""
    found = [report for _, report in reports if isinstance(report, Configuration)]
    query = select(Device.id, Device.school_code).where(
        col(Device.id).in_({report.subject for report in found})
    )
    owners = dict(session.exec(query).all())
    kept = 0
    for report in sorted(found, key=lambda report: report.at):
        if report.school in source.schools and owners.get(report.subject) == report.school:
            kept += _record(session, report)
    session.flush()
    return len(found) - kept


def difference(
    session: Session, scope: Scope, older: DeviceConfiguration, newer: DeviceConfiguration
) -> ConfigurationChange | None:
    """What changed from one version to another; None when nothing did."""
    versions = ConfigurationRepository(session, scope)
    return changed_since(_backup(versions, older), _backup(versions, newer))


def _record(session: Session, report: Configuration) -> bool:
    versions = ConfigurationRepository(session, Scope.everything())
    at = datetime.fromtimestamp(report.at / 1_000, UTC)
    if report.text:
        if sha256(report.text.encode()).hexdigest() != report.digest:
            return False
        versions.keep_text(report.digest, report.text)
    elif versions.text(report.digest) is None:
        return False  # it comes whole with the weekly repetition
    before = versions.in_force(report.subject, at)
    if before is not None and before.digest == report.digest:
        before.seen_at = max(before.seen_at, at)
        session.add(before)
        return True
    version = DeviceConfiguration(
        id=_name(report),
        device_id=report.subject,
        school_code=report.school,
        digest=report.digest,
        taken_at=at,
        seen_at=at,
    )
    following = versions.after(version)
    if before is None and following is None:
        # How it was found is how it is to be, until somebody says otherwise.
        version.accepted_at = at
    if following is not None and following.digest == report.digest:
        # Told late: the device has run by it for longer than was known.
        following.taken_at = at
        session.add(following)
        return True
    versions.add(version)
    if before is not None:
        _tell_change(session, versions, before, version)
    versions.prune(report.subject)
    return True


def _tell_change(
    session: Session,
    versions: ConfigurationRepository,
    before: DeviceConfiguration,
    version: DeviceConfiguration,
) -> None:
    change = changed_since(_backup(versions, before), _backup(versions, version))
    if change is None:
        return
    version.added, version.removed = change.added, change.removed
    session.add(version)
    blanks = {
        "added": str(change.added),
        "removed": str(change.removed),
        "since": before.seen_at.isoformat(timespec="seconds"),
        "version": version.id,
    }
    session.merge(
        DeviceEvent(
            id=version.id,
            device_id=version.device_id,
            school_code=version.school_code,
            at=version.taken_at,
            kind=CHANGED,
            fields=json.dumps(blanks),
        )
    )


def _backup(versions: ConfigurationRepository, version: DeviceConfiguration) -> Backup:
    taken_at = int(version.taken_at.timestamp() * 1_000)
    return Backup(versions.text(version.digest) or "", version.digest, taken_at)


def _name(report: Configuration) -> str:
    text = f"{report.subject}/{report.at}/{report.digest}"
    return sha256(text.encode()).hexdigest()[:40]
