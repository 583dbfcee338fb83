"""Who sees which edition: their own place and below; a school its own part."""

from sqlmodel import Session

from inventory.editions.parts import PartRepository, unpacked
from inventory.editions.repository import EditionFilter, EditionRepository
from inventory.models import EditionState
from inventory.scope import Scope
from tests.inventory.editions.bureau import COUNTY, SCHOOL_A, SEPTEMBER, Steps, found

OTHER = Scope(("/33/3305/",))
CITY = Scope(("/33/",))
NOWHERE = Scope(())


def test_a_bureau_sees_its_own_editions_and_those_below(session: Session) -> None:
    found(session)
    steps = Steps(session)
    row = steps.to_draft()
    for scope, reads, seen in (
        (COUNTY, NOWHERE, True),
        (CITY, NOWHERE, True),
        (OTHER, OTHER, False),
        (SCHOOL_A, SCHOOL_A, False),
        (NOWHERE, COUNTY, False),  # who only reads waits for the seal
    ):
        editions = EditionRepository(session, scope, reads)
        assert (editions.get(row.id) is not None) is seen
        assert editions.listed(EditionFilter(), 0, 10).total == int(seen)
        assert bool(editions.steps(row.id)) is seen
    assert EditionRepository(session, SCHOOL_A, SCHOOL_A).to_change(row.id) is None
    steps.wait(4)
    steps.review()
    steps.issue()
    steps.freeze()
    assert EditionRepository(session, NOWHERE, COUNTY).get(row.id) is not None
    for reads in (OTHER, SCHOOL_A):
        assert EditionRepository(session, NOWHERE, reads).get(row.id) is None
    assert EditionRepository(session, OTHER).of_period(row.path, row.kind, row.first_day) == []


def test_a_school_sees_its_own_part_of_drafts_and_frozen_editions(session: Session) -> None:
    found(session)
    steps = Steps(session)
    row = steps.open()
    steps.compute()
    own = PartRepository(session, SCHOOL_A, SCHOOL_A)
    assert own.listed(0, 10).total == 0  # not open to schools yet
    steps.draft()
    assert own.count_open(steps.today) == 1
    assert own.count_open(steps.edition.appeals_until.replace(month=11)) == 0
    part = own.get(row.id, "SCH-A")
    assert part is not None
    assert unpacked(part.said)["school"] == "SCH-A"
    assert own.get(row.id, "SCH-B") is None
    assert [one.school.code for one in own.listed(0, 10).items] == ["SCH-A"]
    reader = PartRepository(session, NOWHERE, SCHOOL_A)
    assert reader.get(row.id, "SCH-A") is None
    steps.wait(4)
    steps.review()
    steps.issue()
    assert steps.freeze().state is EditionState.frozen
    assert reader.get(row.id, "SCH-A") is not None
    assert reader.get(row.id, "SCH-B") is None
    assert PartRepository(session, OTHER, OTHER).listed(0, 10).total == 0


def test_what_waits_is_counted_where_it_waits(session: Session) -> None:
    found(session)
    steps = Steps(session)
    steps.open(day=SEPTEMBER)
    editions, elsewhere = EditionRepository(session, COUNTY), EditionRepository(session, OTHER)
    counts = [editions.count_waiting(steps.today)]
    steps.compute()
    counts.append(editions.count_waiting(steps.today))
    row = steps.draft()
    counts.append(editions.count_waiting(steps.today))
    steps.appeals().file(row.id, "SCH-A", "x")
    assert (editions.count_open_appeals(), elsewhere.count_open_appeals()) == (1, 0)
    steps.wait(4)
    counts.append(editions.count_waiting(steps.today))
    assert counts == [0, 1, 0, 1]
    assert elsewhere.count_waiting(steps.today) == 0
