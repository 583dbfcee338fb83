"""Questions about the versions of what devices run by.

They are the device's own: seen by who sees the device, wherever it was when it ran by them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import zstandard
from sqlalchemy import ColumnElement, delete, exists, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from inventory.models import ConfigurationText, Device, DeviceConfiguration
from inventory.repositories.scoped import Page, Repository, window

#: Versions of one device; the oldest go first.
MAX_VERSIONS = 200


class ConfigurationRepository(Repository):
    """Configurations of devices that are at schools within the caller's scope."""

    def get(self, device_id: str, version_id: str) -> DeviceConfiguration | None:
        return self._session.exec(
            select(DeviceConfiguration).where(
                DeviceConfiguration.device_id == device_id,
                DeviceConfiguration.id == version_id,
                self._visible(),
            )
        ).one_or_none()

    def of_device(
        self, device_id: str, *, offset: int = 0, limit: int = 50
    ) -> Page[DeviceConfiguration]:
        """Versions of a device, the youngest first."""
        query = select(DeviceConfiguration).where(
            DeviceConfiguration.device_id == device_id,
            self._visible(),
        )
        ordered = query.order_by(
            col(DeviceConfiguration.taken_at).desc(), col(DeviceConfiguration.id).desc()
        )
        return Page(self._session.exec(window(ordered, offset, limit)).all(), self._count(query))

    def in_force(self, device_id: str, at: datetime) -> DeviceConfiguration | None:
        """The version a device ran by at some time, as far as was seen."""
        return self._session.exec(
            select(DeviceConfiguration)
            .where(
                DeviceConfiguration.device_id == device_id,
                col(DeviceConfiguration.taken_at) <= at,
                self._visible(),
            )
            .order_by(col(DeviceConfiguration.taken_at).desc())
            .limit(1)
        ).one_or_none()

    def after(self, version: DeviceConfiguration) -> DeviceConfiguration | None:
        """The version that followed this one."""
        return self._session.exec(
            select(DeviceConfiguration)
            .where(
                DeviceConfiguration.device_id == version.device_id,
                col(DeviceConfiguration.taken_at) > version.taken_at,
                self._visible(),
            )
            .order_by(col(DeviceConfiguration.taken_at))
            .limit(1)
        ).one_or_none()

    def text(self, digest: str) -> str | None:
        """The text of a digest; None when nobody has sent it."""
        kept = self._session.get(ConfigurationText, digest)
        return None if kept is None else zstandard.decompress(kept.content).decode()

    def keep_text(self, digest: str, text: str) -> None:
        """Keep a text, once."""
        if self._session.get(ConfigurationText, digest) is None:
            content = zstandard.compress(text.encode(), 10)
            self._save(ConfigurationText(digest=digest, content=content, lines=text.count("\n")))

    def add(self, version: DeviceConfiguration) -> DeviceConfiguration:
        """Keep a version.

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope.
        """
        self._admit(version.school_code)
        return self._save(version)

    def accept(self, version: DeviceConfiguration, by: str, now: datetime) -> DeviceConfiguration:
        """Somebody says that the device is to run by it; the first to say so is kept."""
        if version.accepted_at is None:
            version.accepted_at, version.accepted_by = now, by
        return self._save(version)

    def changed(self) -> Mapping[str, datetime]:
        """Devices that run by something else than was accepted last, and since when.

        One of which nothing was ever accepted is left out: nobody knows how it is to be.
        """
        last, later, newest, newer = (aliased(DeviceConfiguration) for _ in range(4))
        query = (
            select(newest.device_id, newest.taken_at)
            .join(last, col(last.device_id) == newest.device_id)
            .where(
                col(last.accepted_at).is_not(None),
                col(newest.taken_at) > last.taken_at,
                col(newest.digest) != last.digest,
                ~exists().where(
                    col(later.device_id) == last.device_id,
                    col(later.taken_at) > last.taken_at,
                    col(later.accepted_at).is_not(None),
                ),
                ~exists().where(
                    col(newer.device_id) == newest.device_id,
                    col(newer.taken_at) > newest.taken_at,
                ),
            )
        )
        return dict(self._session.exec(query).all())

    def prune(self, device_id: str, *, keep: int = MAX_VERSIONS) -> None:
        """Delete the oldest versions of a device beyond ``keep``, and texts nobody has any more."""
        old = self._session.exec(
            select(DeviceConfiguration)
            .where(DeviceConfiguration.device_id == device_id)
            .order_by(col(DeviceConfiguration.taken_at).desc())
            .offset(keep)
        ).all()
        self._delete(old)

    def _delete(self, versions: Sequence[DeviceConfiguration]) -> None:
        if not versions:
            return
        digests = {version.digest for version in versions}
        for version in versions:
            self._session.delete(version)
        self._session.flush()
        unused = ~exists().where(col(DeviceConfiguration.digest) == col(ConfigurationText.digest))
        self._session.execute(
            delete(ConfigurationText).where(col(ConfigurationText.digest).in_(digests), unused)
        )

    def _visible(self) -> ColumnElement[bool]:
        if self._sees_everything:
            return true()
        return exists().where(
            col(Device.id) == DeviceConfiguration.device_id,
            self._at_visible_school(Device.school_code),
        )
