"""No repository method lets a caller see or change what lies outside the caller's scope.

Seen: whoever is confined to county A gets the same answer whether county B exists or not.
Changed: a write that aims at county B from within A is refused or changes nothing there.
Every public method of every repository must be listed in ``scoped_calls``; a new one fails here.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from inventory import repositories
from inventory.errors import Invalid, OutOfScope
from inventory.repositories import MAX_PAGE
from inventory.scope import Scope
from tests.inventory.city import A, B, add_county
from tests.inventory.scoped_calls import CLASSES, READS, WRITES


def plain(value: Any) -> Any:
    """Rows and whatever holds them as values that compare."""
    if isinstance(value, SQLModel):
        return type(value).__name__, sorted(value.model_dump().items(), key=lambda item: item[0])
    if is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def every_row(session: Session) -> dict[str, list[str]]:
    """Every row as one text, table by table."""
    return {
        table.name: [repr(row) for row in session.execute(table.select())]
        for table in SQLModel.metadata.sorted_tables
    }


def marked(rows: Mapping[str, Sequence[str]], mark: str) -> dict[str, list[str]]:
    """Those with the mark in them, table by table."""
    return {table: [row for row in found if mark in row] for table, found in rows.items()}


def test_every_method_of_every_repository_is_listed() -> None:
    public = {
        f"{name}.{method}"
        for name, repository in CLASSES.items()
        for method, _ in inspect.getmembers(repository, inspect.isfunction)
        if not method.startswith("_")
    }
    assert public == READS.keys() | WRITES.keys()


def test_a_caller_gets_the_same_answer_whether_the_neighbour_exists_or_not(
    city: Session,
) -> None:
    def answers(scope: Scope) -> dict[str, Any]:
        return {
            key: plain(call(CLASSES[key.split(".")[0]](city, scope))) for key, call in READS.items()
        }

    alone = answers(A.scope)
    add_county(city, B)
    city.expire_all()
    beside, all_seeing, nothing = answers(A.scope), answers(Scope.everything()), answers(Scope(()))
    for key in READS:
        assert beside[key] == alone[key], f"{key} shows rows out of scope"
        assert all_seeing[key] != alone[key], f"{key} is asked nothing that could leak"
        assert "A'" not in repr(nothing[key]), f"{key} shows rows to who may see none"


def test_a_caller_changes_nothing_at_the_neighbour(two_counties: Session) -> None:
    session = two_counties
    before = marked(every_row(session), "-B")
    for key, write in WRITES.items():
        name, _, method = key.partition(".")
        undo = session.begin_nested()
        try:
            write(CLASSES[name](session, A.scope))
        except OutOfScope:
            pass
        else:
            silent = {"end", "end_all", "forget_expired", "revoke", "works_by"}
            assert method in silent, f"{key} is let through"
        session.flush()
        now = every_row(session)
        assert marked(now, "-B") == before, f"{key} changes rows out of scope"
        assert not any(marked(now, "new'").values()), f"{key} leaves rows behind"
        undo.rollback()


def test_the_same_writes_go_through_for_who_sees_everything(two_counties: Session) -> None:
    session = two_counties
    before = every_row(session)
    for key, write in WRITES.items():
        undo = session.begin_nested()
        write(CLASSES[key.partition(".")[0]](session, Scope.everything()))
        session.flush()
        assert every_row(session) != before, f"{key} is asked nothing that could change"
        undo.rollback()


def test_a_page_larger_than_the_limit_is_refused(city: Session) -> None:
    schools = repositories.SchoolRepository(city, Scope.everything())
    for offset, limit in ((-1, 10), (0, 0), (0, MAX_PAGE + 1)):
        with pytest.raises(Invalid, match=r"limit|offset") as caught:
            schools.page(offset=offset, limit=limit)
        assert caught.value.code == "invalid"


def test_a_prefix_is_a_whole_step_of_the_path(city: Session) -> None:
    """``/3300/33A/`` does not reach ``/3300/33AB/``."""
    city.execute(
        text(
            "INSERT INTO organisation (code, name, name_en, level, parent_code, path) "
            "VALUES ('33AB', 'x', '', 'county', '3300', '/3300/33AB/')"
        )
    )
    seen = repositories.OrganisationRepository(city, A.scope).all()
    assert [organisation.code for organisation in seen] == ["33A"]
