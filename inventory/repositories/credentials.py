"""Questions about access to devices; the secret stays sealed here."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import col, select

from inventory.errors import CredentialInUse, OutOfScope
from inventory.models import Credential, Device
from inventory.repositories.scoped import Repository


class CredentialRepository(Repository):
    """Credentials of the schools within the scope; shared ones only for who sees everything."""

    def get(self, credential_id: str) -> Credential | None:
        return self._session.exec(
            select(Credential).where(Credential.id == credential_id, self._visible())
        ).one_or_none()

    def named(self, credential_ids: Sequence[str]) -> Sequence[Credential]:
        """The visible ones of these ids."""
        return self._session.exec(
            select(Credential)
            .where(self._visible(), col(Credential.id).in_(credential_ids))
            .order_by(col(Credential.id))
        ).all()

    def all(self) -> Sequence[Credential]:
        return self._session.exec(
            select(Credential)
            .where(self._visible())
            .order_by(col(Credential.name), col(Credential.id))
        ).all()

    def at_school(self, code: str) -> Sequence[Credential]:
        return self._session.exec(
            select(Credential)
            .where(self._visible(), Credential.school_code == code)
            .order_by(col(Credential.name), col(Credential.id))
        ).all()

    def shared(self) -> Sequence[Credential]:
        """Those of no school in particular, which open devices of any."""
        return self._session.exec(
            select(Credential)
            .where(self._visible(), col(Credential.school_code).is_(None))
            .order_by(col(Credential.name), col(Credential.id))
        ).all()

    def add(self, credential: Credential) -> Credential:
        """Keep a credential whose secret is sealed (``inventory.secrets``).

        Raises:
            NotFound: no such school.
            OutOfScope: the school is outside the scope, or the credential is a shared one.
        """
        self._may_change(credential)
        return self._save(credential)

    def remove(self, credential: Credential) -> None:
        """Forget a credential.

        Raises:
            OutOfScope: outside the scope, or a shared one.
            CredentialInUse: devices still need it.
        """
        self._may_change(credential)
        query = select(func.count()).where(
            or_(
                col(Device.credential_id) == credential.id,
                col(Device.ssh_credential_id) == credential.id,
            )
        )
        count = self._session.exec(query).one()
        if count:
            raise CredentialInUse(key=credential.name, count=count)
        self._session.delete(credential)
        self._session.flush()

    def change(self, credential: Credential, *, name: str | None, secret: str | None) -> Credential:
        """Rename a credential, or replace its sealed secret.

        Raises:
            OutOfScope: outside the scope, or a shared one.
        """
        self._may_change(credential)
        credential.name = credential.name if name is None else name
        credential.secret = credential.secret if secret is None else secret
        return self._save(credential)

    def _may_change(self, credential: Credential) -> None:
        if credential.school_code is not None:
            self._admit(credential.school_code)
        elif not self._sees_everything:
            raise OutOfScope(key=credential.name)

    def _visible(self) -> ColumnElement[bool]:
        return self._at_visible_school(Credential.school_code)
