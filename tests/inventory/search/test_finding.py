"""What is typed is found, by those who may read it, and by the same words on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import Session, col, select, update

from alerts.models import Ticket
from alerts.search import TICKETS
from inventory.database import SessionFactory, session_factory, unit_of_work
from inventory.models import Device, DeviceMac, Line, Room, School
from inventory.models.search import SearchDocument
from inventory.scope import Scope
from inventory.search import finding
from inventory.search.finding import Fit, Match, find
from inventory.search.sources import SOURCES
from inventory.search.upkeep import (
    anything_stale,
    keep_documents,
    mark_everything,
    write_stale,
)
from tests.inventory.city import NOW, A, B, add_city, add_county

ALL = (*SOURCES, TICKETS)
EVERYTHING = Scope.everything()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    """Sessions that keep documents, over a city of two counties."""
    factory = session_factory(engine)
    keep_documents(factory, ALL)
    with unit_of_work(factory) as session:
        add_city(session)
        for county in (A, B):
            add_county(session, county)
    return factory


@pytest.fixture
def known(sessions: SessionFactory) -> Iterator[Session]:
    """The same with more of everything, in one transaction of its own."""
    with unit_of_work(sessions) as session:
        device = session.get_one(Device, A.row("d"))
        device.name, device.vendor, device.model = "录播主机", "华为", "IdeaHub B2-65"
        device.serial, device.asset_number = "2102-35XQ 8811", "ZC-2024-000123"
        device.address, device.custodian = "10.20.30.4", "欧阳文静"
        session.add(DeviceMac(device_id=device.id, mac="001a2bff0c4d"))
        other = session.get_one(Device, B.row("d"))
        other.name, other.serial = "ZC-2024-000123 的备机", "2102-35XQ 8812"
        school = session.get_one(School, A.school)
        school.name, school.name_en, school.address = "河镇中心小学", "Hezhen School", "文化路3号"
        session.add(Room(id="r-video", school_code=A.school, name="录播教室", building="求是楼"))
        line = session.get_one(Line, A.row("l"))
        line.circuit, line.provider = "NB-CU-77-8899", "移动"
        session.add(
            Ticket(
                id="t-1", number=4711, school_code=A.school, title="投影仪无法开机", opened_at=NOW
            )
        )
    with sessions() as session:
        yield session


def refs(session: Session, typed: str, scope: Scope = EVERYTHING) -> list[str]:
    found = find(session, typed, [(source, scope) for source in ALL])
    matches: list[Match] = [match for some in found.values() for match in some.items]
    return [match.ref for match in sorted(matches, key=lambda match: match.fit)]


#: What is typed, and one of the things that are found by it.
FOUND = (
    ("录播", "d-A"),
    ("录播教室", "r-video"),
    ("播教", "r-video"),
    ("求是", "r-video"),
    ("河镇", A.school),
    ("河镇 小学", A.school),
    ("小学 河镇", A.school),
    ("ｈｅｚｈｅｎ", A.school),
    ("文化路３号", A.school),
    ("欧阳", "d-A"),
    ("华为 录播", "d-A"),
    ("ideahub-b2", "d-A"),
    ("b2", "d-A"),
    ("XQ8811", "d-A"),
    ("35xq 8811", "d-A"),
    ("2102-35XQ-8811", "d-A"),
    ("２１０２３５", "d-A"),
    ("10.20.30", "d-A"),
    ("10.20.30.4", "d-A"),
    ("00:1A:2B:FF:0C:4D", "d-A"),
    ("1a2b.ff0c", "d-A"),
    ("00 1a 2b ff", "d-A"),
    ("zc 2024 000123", "d-A"),
    ("77-8899", "l-A"),
    ("移动", "l-A"),
    ("4711", "t-1"),
    ("投影", "t-1"),
)
NOT_FOUND = (
    "",
    "  ",
    "-",
    "%",
    "_",
    '"',
    "' OR 1=1",
    "录",
    "播录",
    "8813",
    "录播 9999",
    "河" * 500,
)


def test_what_is_typed_is_found(known: Session) -> None:
    assert [(typed, ref) for typed, ref in FOUND if ref not in refs(known, typed)] == []


def test_what_is_nowhere_is_not_found(known: Session) -> None:
    assert [typed for typed in NOT_FOUND if refs(known, typed)] == []


def test_the_number_itself_comes_first_then_what_begins_with_it(known: Session) -> None:
    # One device has the number, another one is called by it.
    assert refs(known, "zc-2024-000123") == ["d-A", "d-B"]
    found = find(known, "ZC2024", [(source, EVERYTHING) for source in ALL])
    assert [match.fit for match in found["device"].items] == [Fit.beginning, Fit.beginning]


def test_a_short_number_is_found_by_itself(known: Session, sessions: SessionFactory) -> None:
    with unit_of_work(sessions) as session:
        session.add(Ticket(id="t-2", number=7, school_code=A.school, opened_at=NOW))
    with sessions() as session:
        assert refs(session, "7") == ["t-2"]
        assert refs(session, "#7") == ["t-2"]


def test_nothing_is_found_outside_the_scope(known: Session) -> None:
    typed = ("录播", "河镇", "ZC-2024-000123", "4711", "移动", "00:1A:2B:FF:0C:4D", "user")
    for one in typed:
        everything = refs(known, one)
        assert set(refs(known, one, A.scope)) <= set(everything)
        assert not [ref for ref in refs(known, one, B.scope) if ref.endswith("-A")]
        assert refs(known, one, Scope(())) == []
    assert refs(known, "ZC-2024-000123", B.scope) == ["d-B"]
    assert refs(known, "河镇", A.scope) == [A.school]
    assert refs(known, "录播", Scope.of([A.school_path, B.path])) == ["d-A", "r-video"]


def test_a_stale_document_shows_nothing_of_another_school(
    known: Session, sessions: SessionFactory, engine: Engine
) -> None:
    # Around every model, and nobody has written the document anew yet.
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE school SET path = :path WHERE code = :code"),
            {"path": f"{B.path}{A.school}/", "code": A.school},
        )
    with sessions() as session:
        assert refs(session, "河镇", A.scope) == []
    with unit_of_work(sessions) as session:
        while write_stale(session, ALL):
            pass
    with sessions() as session:
        assert refs(session, "河镇", B.scope) == [A.school]
        assert refs(session, "录播主机", B.scope) == ["d-A"]
        assert refs(session, "录播主机", A.scope) == []


def test_frequent_words_end_early_and_the_exact_number_still_comes_first(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "ENOUGH", 5)
    with unit_of_work(sessions) as session:
        for number in range(40):
            session.add(
                Device(
                    id=f"d-{number:02}",
                    school_code=A.school,
                    name=f"教室 {number} 的终端",
                    serial="终端" if number == 39 else None,
                )
            )
    with sessions() as session:
        matches = find(session, "终端", [(SOURCES[1], A.scope)], limit=3)["device"]
        assert matches.more
        assert matches.items[0].ref == "d-39"
        assert len(matches.items) == 3


@pytest.mark.parametrize(
    ("names", "looks"),
    [
        # Few begin so: they are looked up by themselves, behind many that only hold the word.
        ([*["教室的终端"] * 40, "终端三", "终端二二"], 3),
        # As many as are ever read begin so.
        ([f"终端 {number}" for number in range(40)], 2),
    ],
)
def test_what_begins_like_a_frequent_word_is_looked_up_where_it_is_rare(
    sessions: SessionFactory,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    looks: int,
) -> None:
    monkeypatch.setattr(finding, "ENOUGH", 5)
    with unit_of_work(sessions) as session:
        for number, name in enumerate(names):
            session.add(Device(id=f"d-{number:02}", school_code=A.school, name=name))
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "words" in statement and statement.startswith("SELECT"):
            asked.append(statement)

    with sessions() as session:
        event.listen(engine, "before_cursor_execute", count)
        matches = find(session, "终端", [(SOURCES[1], A.scope)], limit=2)["device"]
        event.remove(engine, "before_cursor_execute", count)
    assert {match.fit for match in matches.items} == {Fit.beginning}
    if "终端三" in names:
        assert [match.ref for match in matches.items] == ["d-40", "d-41"]
    assert len(asked) == looks


def test_what_changes_is_found_in_the_same_transaction(
    known: Session, sessions: SessionFactory
) -> None:
    with sessions() as session:
        device = session.get_one(Device, "d-A")
        device.name = "电子白板"
        session.commit()
        assert refs(session, "电子白板") == ["d-A"]
        assert "d-A" not in refs(session, "录播主机")
        mac = session.get_one(DeviceMac, ("d-A", "001a2bff0c4d"))
        session.delete(mac)
        session.execute(update(Room).where(col(Room.id) == "r-video").values(name="直播间"))
        session.commit()
        assert refs(session, "001a2bff0c4d") == []
        assert refs(session, "直播间") == ["r-video"]
        session.delete(session.get_one(Room, "r-video"))
        session.commit()
        assert refs(session, "直播间") == []
        assert not anything_stale(session)


def test_what_was_written_around_the_models_is_noted(
    known: Session, sessions: SessionFactory, engine: Engine
) -> None:
    changes = (
        "UPDATE device SET serial = 'NEWSERIAL77' WHERE id = 'd-A'",
        "UPDATE line SET circuit = 'CIRCUIT55' WHERE id = 'l-A'",
        "UPDATE ticket SET title = '漏水' WHERE id = 't-1'",
        "UPDATE app_user SET name = '司马光' WHERE id = 'u-A'",
    )
    with engine.begin() as connection:
        connection.execute(text("UPDATE device SET status_rank = 10, version = '9'"))
        assert not connection.execute(text("SELECT count(*) FROM search_stale")).scalar_one()
        for change in changes:
            connection.execute(text(change))
    with unit_of_work(sessions) as session:
        assert write_stale(session, ALL) == len(changes)
    with sessions() as session:
        assert not anything_stale(session)
        assert refs(session, "newserial") == ["d-A"]
        assert refs(session, "circuit55") == ["l-A"]
        assert refs(session, "漏水") == ["t-1"]
        assert refs(session, "司马光") == ["u-A"]
        assert refs(session, "司马光", B.scope) == []


def test_everything_can_be_written_anew(known: Session, sessions: SessionFactory) -> None:
    def documents() -> list[tuple[str, str, str, str]]:
        with sessions() as session:
            order = col(SearchDocument.kind), col(SearchDocument.ref)
            rows = session.exec(select(SearchDocument).order_by(*order))
            return [(row.kind, row.ref, row.words, row.terms) for row in rows]

    before = documents()
    assert {row[0] for row in before} == {source.kind for source in ALL}
    with unit_of_work(sessions) as session:
        session.execute(text("UPDATE search_document SET words = '', terms = ''"))
        session.add(SearchDocument(kind="room", ref="r-gone", words="x", terms="x"))
        session.flush()
        marked = mark_everything(session, ALL)
        assert marked == len(before) + 1
        done = 0
        while written := write_stale(session, ALL, most=7):
            done += written
        assert done == marked
    assert documents() == before
