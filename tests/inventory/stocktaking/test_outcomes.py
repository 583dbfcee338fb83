"""What several phones say adds up to the same in every order, however often it is sent."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inventory.models import StockObservation
from inventory.stocktaking.outcomes import verdicts

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def seen(
    key: int, room: str, minute: int, phone: str = "a", *, present: bool = True, device: str = "d1"
) -> StockObservation:
    return StockObservation(
        campaign_id="c",
        id=f"{key:08}",
        stock_room_id=room,
        device_id=device or None,
        code=device or "nobody's",
        present=present,
        seen_at=NOON + timedelta(minutes=minute),
        received_at=NOON,
        counted_by="u",
        phone=phone,
    )


def place(*observations: StockObservation) -> str | None:
    [verdict] = verdicts(observations).values()
    return verdict.place.stock_room_id if verdict.place else None


def test_the_newest_observation_of_two_phones_counts_and_the_dispute_is_told() -> None:
    told = [seen(1, "r1", 0, "a"), seen(2, "r1", 5, "b", present=False)]
    [verdict] = verdicts(told).values()
    assert verdict.place is None
    assert verdict.disputed


def test_two_phones_that_say_the_same_do_not_dispute() -> None:
    [verdict] = verdicts([seen(1, "r1", 0, "a"), seen(2, "r1", 5, "b")]).values()
    assert not verdict.disputed


def test_what_is_taken_back_in_one_room_still_stands_in_the_other() -> None:
    assert place(seen(1, "r1", 0), seen(2, "r2", 5), seen(3, "r2", 6, present=False)) == "r1"


def test_a_phone_that_comes_back_late_does_not_undo_what_was_seen_since() -> None:
    assert place(seen(2, "r2", 30, "b"), seen(1, "r1", 0, "a")) == "r2"


def test_an_unknown_label_is_one_thing_a_room() -> None:
    found = verdicts([seen(1, "r1", 0, device=""), seen(2, "r2", 1, device="")])
    assert len(found) == 2


_SEEN = st.builds(
    seen,
    key=st.integers(0, 10_000),
    room=st.sampled_from(["r1", "r2", "r3"]),
    minute=st.integers(0, 5),
    phone=st.sampled_from(["a", "b", "c"]),
    present=st.booleans(),
    device=st.sampled_from(["d1", "d2", ""]),
)


@given(
    st.lists(_SEEN, max_size=12, unique_by=lambda row: row.id), st.randoms(use_true_random=False)
)
def test_order_and_repetition_change_nothing(told: list[StockObservation], chance: object) -> None:
    def plain(rows: list[StockObservation]) -> object:
        return {
            key: (one.place.id if one.place else None, one.last.id, one.disputed)
            for key, one in verdicts(rows).items()
        }

    shuffled = [*told, *told]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plain(shuffled) == plain(told)
