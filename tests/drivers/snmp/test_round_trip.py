"""How long one attempt waits: learned a device, doubled where nothing comes, never nonsense."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.snmp.peer import FRAME, Experience, Peer
from drivers.snmp.round_trip import RoundTrip


def test_a_device_nobody_knows_is_given_what_was_configured() -> None:
    assert RoundTrip().timer(2.0) == 2.0


def test_the_first_samples_make_the_timer_of_the_rfc() -> None:
    trip = RoundTrip()
    trip.sample(1.0)
    assert trip.timer(2.0) == pytest.approx(3.0)  # R + 4 * R / 2
    trip.sample(1.0)
    assert trip.timer(2.0) == pytest.approx(2.5)  # the variation shrinks by a quarter


def test_a_quick_device_is_asked_again_soon_and_a_slow_one_is_not() -> None:
    quick, slow = RoundTrip(), RoundTrip()
    for _ in range(50):
        quick.sample(0.002)
        slow.sample(2.6)
    assert quick.timer(2.0) == 0.5
    assert 2.6 < slow.timer(2.0) < 4.0


def test_a_timer_that_expired_doubles_until_an_answer_comes_at_once() -> None:
    trip = RoundTrip()
    trip.sample(0.01)
    timers = []
    for _ in range(5):
        timers.append(trip.timer(2.0))
        trip.expired()
    assert timers == [0.5, 1.0, 2.0, 2.0, 2.0]
    trip.sample(0.01)
    assert trip.timer(2.0) == 0.5


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=50),
    st.floats(0.05, 60),
)
def test_no_timer_is_ever_zero_or_endless(events: list[float | None], configured: float) -> None:
    trip = RoundTrip()
    for seconds in events:
        trip.expired() if seconds is None else trip.sample(seconds)
        assert min(0.5, configured) <= trip.timer(configured) <= 4 * configured


def test_what_was_learned_is_taken_up_by_the_next_run() -> None:
    before, after = Peer(2, ("127.0.0.1", 161)), Peer(2, ("127.0.0.1", 161))
    before.too_big(700)
    before.round_trip.sample(3.0)
    kept = before.experience()
    assert kept is not None
    after.resume(kept)
    assert after.reply_limit == 700
    assert after.familiar
    assert after.round_trip.timer(2.0) == before.round_trip.timer(2.0)


def test_a_device_that_never_answered_leaves_nothing_to_keep() -> None:
    assert Peer(2, ("127.0.0.1", 161)).experience() is None


def test_what_this_run_knows_is_not_replaced_by_what_was_kept() -> None:
    peer = Peer(2, ("127.0.0.1", 161))
    peer.round_trip.sample(0.01)
    peer.resume(Experience(200, 64, 3.0, 1.0))
    assert peer.reply_limit == FRAME
    assert peer.round_trip.timer(2.0) == 0.5


@given(
    st.integers(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_damage_in_what_was_kept_changes_nothing_for_the_worse(
    limit: int, patience: int, smoothed: float, variation: float
) -> None:
    peer = Peer(2, ("127.0.0.1", 161))
    peer.resume(Experience(limit, patience, smoothed, variation))
    assert 128 <= peer.reply_limit <= FRAME
    assert math.isfinite(peer.round_trip.timer(2.0))
    assert 0.5 <= peer.round_trip.timer(2.0) <= 8.0
