"""Words in the box of a list: looked up or compared row by row, the same things fit."""

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from inventory.models import Device, DeviceMac
from inventory.search import sampling
from inventory.search.finding import using_indices
from inventory.search.in_lists import Words
from inventory.search.sampling import estimated
from inventory.search.sources import SOURCES
from inventory.search.upkeep import write_stale
from tests.inventory.city import A, B, add_city, add_county


@pytest.fixture
def known(session: Session) -> Session:
    """Two devices of two counties that are found by many words."""
    add_city(session)
    for county in (A, B):
        add_county(session, county)
    one, other = (session.get_one(Device, county.row("d")) for county in (A, B))
    one.name, one.vendor, one.serial = "录播主机 12", "华为", "2102-35XQ 8811"
    other.name, other.vendor, other.serial = "录播教室", "Huawei", "7"
    session.add(DeviceMac(device_id=one.id, mac="001a2bff0c4d"))
    session.flush()
    write_stale(session, SOURCES)
    return session


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("录播", {"d-A", "d-B"}),
        ("播主 12", {"d-A"}),
        ("播 主", set()),
        ("00-1A-2B ff", {"d-A"}),
        ("2102 35xq", {"d-A"}),
        # A single character counts only where it is all there is, two only where a word begins.
        ("7", {"d-B"}),
        ("88", {"d-A"}),
        ("huawei 录", {"d-B"}),
        ("81", set()),
        ("%", set()),
    ],
)
def test_the_same_things_fit_whichever_way_they_are_looked_for(
    known: Session, typed: str, expected: set[str]
) -> None:
    words = Words.of("device", typed)
    everything = known.exec(select(Device.id)).all()
    compared = known.exec(select(Device.id).where(words.fit(col(Device.id)))).all()
    few = words.few(known)
    assert few is not None
    assert set(few) == words.fitting(known, everything) == set(compared) == expected


def test_what_is_looked_up_may_be_of_a_place_or_have_a_name(known: Session) -> None:
    words = Words.of("device", "录播")
    school = known.get_one(Device, "d-A").school_code
    path = known.scalar(text("SELECT path FROM school WHERE code = :code"), {"code": school})
    assert words.few(known, paths=(path,)) == ["d-A"]
    assert words.few(known, paths=("/nowhere/",)) == []
    assert words.few(known, named="HUAWEI") == ["d-B"]
    assert words.few(known, most=1) is None


def test_a_planner_is_told_again_what_it_was_told_before(known: Session) -> None:
    if known.get_bind().dialect.name != "postgresql":
        pytest.skip("only PostgreSQL is told anything")
    for before in ("on", "off"):
        known.execute(text(f"SET LOCAL enable_seqscan = {before}"))
        with using_indices(known):
            assert known.scalar(text("SHOW enable_seqscan")) == "off"
        assert known.scalar(text("SHOW enable_seqscan")) == before


def test_a_part_of_the_documents_tells_about_how_many_fit(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite asks its index")
    session.execute(
        text(
            "INSERT INTO search_document (kind, ref, words, terms)"
            " SELECT CASE WHEN n % 4 = 0 THEN 'room' ELSE 'device' END, n, 'w', '#w =w'"
            " FROM generate_series(1, 20000) n"
        )
    )
    assert estimated(session, lambda document: [document.kind == "room"]) == 5_000
    monkeypatch.setattr(sampling, "PAGES", 30)
    about = estimated(session, lambda document: [document.kind == "room"])
    assert 1_000 < about < 15_000
    assert Words("device", Words.of("device", "w").ways).few(session, most=1_000) is None
