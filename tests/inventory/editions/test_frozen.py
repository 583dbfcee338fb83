"""A frozen edition never changes, whoever writes to the database and however."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from inventory.editions.documents import JSON, Made, document, keep, pack
from inventory.models import EditionAppeal, EditionSchool
from tests.inventory.editions.bureau import HEAD, PDF, Steps, found

CHANGES = (
    "UPDATE report_edition SET document_number = 'other'",
    "UPDATE report_edition SET state = 'draft'",
    "DELETE FROM report_edition",
    "UPDATE edition_document SET sha256 = 'x' WHERE name = 'content.json'",
    "DELETE FROM edition_document",
    "UPDATE edition_school SET state = 'compliant'",
    "DELETE FROM edition_school",
    "UPDATE edition_appeal SET answer = 'other'",
    "DELETE FROM edition_appeal",
    "UPDATE edition_step SET by_name = 'Somebody else'",
    "DELETE FROM edition_step",
    "UPDATE edition_scan SET name = 'other'",
    "DELETE FROM edition_scan",
    "INSERT INTO edition_school SELECT edition_id, round + 1, school_code, state, verdict"
    " FROM edition_school",
)


@pytest.fixture
def steps(session: Session) -> Steps:
    found(session)
    steps = Steps(session)
    row = steps.to_draft()
    appeal = steps.appeals(HEAD).file(row.id, "SCH-A", "x")
    steps.appeals(steps.desk()._person).answer(appeal.id, upheld=False, answer="y")
    steps.wait(4)
    steps.review()
    steps.issue()
    steps.freeze()
    steps.signing().add_scan(row.id, name="scan.pdf", content=PDF)
    session.commit()
    return steps


@pytest.mark.usefixtures("steps")
def test_the_database_refuses_every_change(session: Session) -> None:
    for change in CHANGES:
        with pytest.raises(DBAPIError, match=r"never changes|stays"), session.begin_nested():
            session.execute(text(change))


def test_rows_of_the_models_are_refused_as_well(steps: Steps, session: Session) -> None:
    edition = steps.edition
    before = document(session, edition, "content.json")
    edition.signer = "Somebody else"
    with pytest.raises(DBAPIError, match="never changes"), session.begin_nested():
        session.flush()
    session.rollback()
    extra = pack(Made("extra.json", JSON, b"{}"))
    with pytest.raises(DBAPIError, match="never changes"), session.begin_nested():
        keep(session, edition, [extra])
    for row in (
        EditionSchool(edition_id=edition.id, round=9, school_code="SCH-A", verdict=b""),
        EditionAppeal(id="ea2", edition_id=edition.id, round=1, school_code="SCH-A", text="x"),
    ):
        refused = pytest.raises(DBAPIError, match="never changes")
        with refused, session.begin_nested():
            session.add(row)
    assert document(session, edition, "content.json") == before


def test_steps_are_never_rewritten_even_before(session: Session) -> None:
    found(session)
    Steps(session).open()
    for change in ("UPDATE edition_step SET by_name = 'x'", "DELETE FROM edition_step"):
        with pytest.raises(DBAPIError, match="stays"), session.begin_nested():
            session.execute(text(change))
