"""``/users``: who may log in, and tokens for their programs."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from controller.api.schemas import PROBLEMS, Listed, Offset, Schema, Search
from controller.auth.passwords import MAX_LENGTH, MIN_LENGTH, hash_password
from controller.auth.permissions import Permission
from controller.auth.tokens import new_token, token_hash
from controller.deps import CurrentCaller, DbSession, Within
from controller.errors import NotFound
from inventory.deliveries.keeping import LONGEST_ADDRESS, checked_address
from inventory.errors import Conflict
from inventory.ids import new_id
from inventory.models import ApiToken, Role, User
from inventory.models.base import utc_now
from inventory.repositories.organisations import OrganisationRepository
from inventory.repositories.people import ApiTokenRepository, UserRepository
from inventory.repositories.schools import SchoolRepository
from inventory.repositories.scoped import MAX_PAGE
from inventory.scope import Scope

router = APIRouter(prefix="/users", tags=["users"], responses=PROBLEMS)
UserScope = Annotated[Scope, Depends(Within(Permission.manage_users))]


class UserIn(BaseModel):
    """A new user with one role; ``at`` is ``/`` or the code of a bureau or a school."""

    login: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@+-]+$")
    name: str = Field(default="", max_length=100)
    password: str = Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)
    role: Role
    at: str = Field(default="/", max_length=32)
    language: str = Field(default="zh_CN", pattern="^(zh_CN|en)$")
    email: str = Field(default="", max_length=LONGEST_ADDRESS)


class EmailIn(BaseModel):
    """Where reports are sent to; empty: nowhere."""

    email: str = Field(max_length=LONGEST_ADDRESS)


class UserOut(Schema):
    """Somebody who may log in."""

    id: str
    login: str
    name: str
    language: str
    email: str


class ApiTokenIn(BaseModel):
    """What a token is for, and how many days it is good; for ever when left out."""

    name: str = Field(default="fleet", min_length=1, max_length=100)
    days: float | None = Field(default=None, gt=0, le=3_660)


class ApiTokenOut(Schema):
    """A bearer token; shown this once."""

    token: str


@router.get("")
def list_users(
    session: DbSession,
    scope: UserScope,
    search: Search = "",
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
) -> Listed[UserOut]:
    """Users with a grant within the caller's scope, by their log-in names."""
    page = UserRepository(session, scope).page(search=search, offset=offset, limit=limit)
    return Listed(items=[UserOut.model_validate(user) for user in page.items], total=page.total)


@router.post("", status_code=201)
def add_user(session: DbSession, scope: UserScope, body: UserIn) -> UserOut:
    """Let somebody log in, in one role at one place."""
    if UserRepository(session, Scope.everything()).by_login(body.login) is not None:
        raise Conflict(key=body.login)
    user = User(
        id=new_id("u"),
        login=body.login,
        name=body.name or body.login,
        password_hash=hash_password(body.password),
        language=body.language,
        email=checked_address(body.email),
    )
    path = _path_of(session, scope, body.at)
    UserRepository(session, scope).add(user, [(body.role, path)])
    return UserOut.model_validate(user)


@router.post("/{login}/tokens", status_code=201)
def add_token(session: DbSession, scope: UserScope, login: str, body: ApiTokenIn) -> ApiTokenOut:
    """A bearer token that acts as this user. Only within what the caller may manage."""
    users = UserRepository(session, scope)
    user = users.by_login(login)
    if user is None or not _manages_all(session, scope, user):
        raise NotFound
    token = new_token("fleet_")
    expires = None if body.days is None else utc_now() + timedelta(days=body.days)
    ApiTokenRepository(session, scope).add(
        ApiToken(token_hash=token_hash(token), user_id=user.id, name=body.name, expires_at=expires)
    )
    return ApiTokenOut(token=token)


@router.put("/{login}/email")
def set_email(session: DbSession, caller: CurrentCaller, login: str, body: EmailIn) -> UserOut:
    """Where somebody's reports are sent to: one's own address, or that of people one manages."""
    if login == caller.login:
        user = UserRepository(session, Scope.everything()).by_login(login)
    else:
        scope = caller.require(Permission.manage_users)
        user = UserRepository(session, scope).by_login(login)
        if user is not None and not _manages_all(session, scope, user):
            user = None
    if user is None:
        raise NotFound
    user.email = checked_address(body.email)
    session.flush()
    return UserOut.model_validate(user)


def _manages_all(session: Session, scope: Scope, user: User) -> bool:
    """Whether no grant of the user reaches beyond the scope: a token must not lift anybody up."""
    grants = UserRepository(session, Scope.everything()).grants_of(user)
    return all(scope.covers(grant.scope_path) for grant in grants)


def _path_of(session: Session, scope: Scope, at: str) -> str:
    """The path of a place within the scope.

    Raises:
        NotFound: no such bureau or school there.
    """
    if at == "/":
        return at
    found = OrganisationRepository(session, scope).get(at) or SchoolRepository(session, scope).get(
        at
    )
    if found is None:
        raise NotFound
    return found.path
