"""Users, what they may do where, and how they are known."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from inventory.models.base import PATH, UtcDateTime, text_enum, utc_now


class Role(StrEnum):
    """What a person does; with a scope it becomes a grant."""

    admin = "admin"
    city_it = "city_it"
    county_it = "county_it"
    school_admin = "school_admin"
    technician = "technician"
    procurement = "procurement"
    auditor = "auditor"
    viewer = "viewer"


class User(SQLModel, table=True):
    """Somebody who logs in. ``user`` is a reserved word in SQL, hence the table's name."""

    __tablename__ = "app_user"

    id: str = Field(primary_key=True, max_length=20)
    login: str = Field(unique=True, index=True, max_length=64)
    name: str
    password_hash: str
    language: str = "zh_CN"
    phone: str = ""
    #: Where reports are sent to.
    email: str = Field(default="", max_length=254, sa_column_kwargs={"server_default": ""})
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class Grant(SQLModel, table=True):
    """A role within a scope: a prefix of organisation and school paths; ``/`` is everything."""

    __tablename__ = "role_grant"

    user_id: str = Field(primary_key=True, foreign_key="app_user.id", max_length=20)
    role: Role = Field(primary_key=True, sa_type=text_enum(Role))
    scope_path: str = Field(primary_key=True, sa_type=PATH)


class WebSession(SQLModel, table=True):
    """One log-in of a browser; only a hash of the cookie is kept."""

    __tablename__ = "web_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(foreign_key="app_user.id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A bearer token for programs (``FLEET_TOKEN``); acts as its user."""

    __tablename__ = "api_token"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(foreign_key="app_user.id", index=True)
    name: str
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LoginFailure(SQLModel, table=True):
    """A log-in that did not succeed, or has not yet; kept for the window in which it counts."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_address_at", "address", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    #: SHA-256 of the name that was typed.
    login_hash: str = Field(max_length=64)
    address: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)
