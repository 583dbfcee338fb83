"""``/credentials``: access to devices. Secrets go in and never come out."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, Listed, Schema
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from controller.errors import NotFound
from drivers.plan import PjlinkAccess, SnmpAccess
from inventory.ids import new_id
from inventory.models import Credential, CredentialKind
from inventory.repositories.credentials import CredentialRepository
from inventory.scope import Scope
from inventory.secrets import Access, SecretBox, SshLogin

router = APIRouter(prefix="/credentials", tags=["credentials"], responses=PROBLEMS)
AccessScope = Annotated[Scope, Depends(Within(Permission.manage_access))]
_Text = Annotated[str, Field(max_length=200)]
_Secret = Annotated[SecretStr, Field(max_length=200)]
_DIGESTS = Literal["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]
_CIPHERS = Literal["DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C"]
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class _SecretIn(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SnmpIn(_SecretIn):
    """SNMP: a community (version 1 or 2c), or a user with keys (version 3)."""

    kind: Literal["snmp"] = "snmp"
    version: Literal["1", "2c", "3"] = "2c"
    community: _Secret = SecretStr("")
    user: _Text | None = None
    auth_protocol: _DIGESTS = "SHA-256"
    auth_password: _Secret | None = None
    priv_protocol: _CIPHERS = "AES-128"
    priv_password: _Secret | None = None
    context: _Text = ""

    def access(self) -> Access:
        """What the plan carries."""
        if self.version != "3":
            return SnmpAccess(self.version, community=self.community.get_secret_value())
        return SnmpAccess(
            version="3",
            user=self.user or "",
            auth=_keyed(self.auth_protocol, self.auth_password),
            priv=_keyed(self.priv_protocol, self.priv_password),
            context=self.context,
        )


class SshIn(_SecretIn):
    """A command line: a password or a private key (unencrypted OpenSSH), and that of ``enable``."""

    kind: Literal["ssh"]
    user: Annotated[str, Field(min_length=1, max_length=200)]
    password: _Secret = SecretStr("")
    enable: _Secret = SecretStr("")
    private_key: Annotated[SecretStr, Field(max_length=20_000)] = SecretStr("")

    def access(self) -> Access:
        """What the plan carries, platform and port aside."""
        return SshLogin(
            self.user,
            password=self.password.get_secret_value(),
            enable=self.enable.get_secret_value(),
            private_key=self.private_key.get_secret_value(),
        )


class PjlinkIn(_SecretIn):
    """PJLink's password, at most 32 characters."""

    kind: Literal["pjlink"]
    password: Annotated[SecretStr, Field(max_length=32)]

    def access(self) -> Access:
        """What the plan carries."""
        return PjlinkAccess(self.password.get_secret_value())


SecretIn = Annotated[SnmpIn | SshIn | PjlinkIn, Field(discriminator="kind")]


class CredentialIn(BaseModel):
    """A credential; without a school it opens devices of any, which takes rights everywhere."""

    model_config = ConfigDict(extra="forbid")

    name: _Name
    school_code: _Text | None = None
    secret: SecretIn


class CredentialPatch(BaseModel):
    """A new name, or a new secret of the same kind."""

    model_config = ConfigDict(extra="forbid")

    name: _Name | None = None
    secret: SecretIn | None = None


class CredentialOut(Schema):
    """A credential without what it holds."""

    id: str
    school_code: str | None
    name: str
    kind: CredentialKind


@router.get("")
def list_credentials(session: DbSession, scope: AccessScope) -> Listed[CredentialOut]:
    """Credentials the caller may choose; shared ones are seen by who may do it everywhere."""
    found = CredentialRepository(session, scope).all()
    return Listed(items=[CredentialOut.model_validate(one) for one in found], total=len(found))


@router.post("", status_code=201)
def add_credential(
    request: Request, session: DbSession, scope: AccessScope, body: CredentialIn
) -> CredentialOut:
    """Keep a secret, sealed."""
    row = Credential(
        id=new_id("c"),
        school_code=body.school_code,
        name=body.name,
        kind=CredentialKind(body.secret.kind),
        secret=_sealed(request, body.secret),
    )
    return CredentialOut.model_validate(CredentialRepository(session, scope).add(row))


@router.patch("/{credential_id}")
def change_credential(
    request: Request,
    session: DbSession,
    scope: AccessScope,
    credential_id: str,
    body: CredentialPatch,
) -> CredentialOut:
    """Rename a credential or replace its secret; devices that use it follow."""
    row = _found(session, scope, credential_id)
    if body.secret is not None and body.secret.kind != row.kind:
        raise NotFound
    secret = None if body.secret is None else _sealed(request, body.secret)
    changed = CredentialRepository(session, scope).change(row, name=body.name, secret=secret)
    return CredentialOut.model_validate(changed)


@router.delete("/{credential_id}", status_code=204)
def remove_credential(session: DbSession, scope: AccessScope, credential_id: str) -> None:
    """Forget a secret that no device needs any more; 409 while one does."""
    CredentialRepository(session, scope).remove(_found(session, scope, credential_id))


def _found(session: Session, scope: Scope, credential_id: str) -> Credential:
    row = CredentialRepository(session, scope).get(credential_id)
    if row is None:
        raise NotFound
    return row


def _sealed(request: Request, secret: Any) -> str:
    box: SecretBox = request.app.state.secret_box
    return box.seal_access(secret.access())


def _keyed(protocol: str, password: SecretStr | None) -> str | None:
    secret = password.get_secret_value() if password is not None else ""
    return f"{protocol}:{secret}" if secret else None
