"""From a decision to its notice: once each, whoever sends and whoever dies on the way."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from alerts.judgement import judge
from alerts.models import Alert, NotifyPreference, Severity, Ticket
from alerts.notify.addresses import networks_of
from alerts.notify.channels import NoticeFailed, NoticeRefused
from alerts.notify.claims import WAITS, claim, note_sent
from alerts.notify.dispatch import Dispatcher, Post
from alerts.notify.keeping import ChannelDesk, Owner, Wanted
from alerts.notify.models import ChannelKind, Follow, NoticeEvent, NoticeState
from alerts.notify.opening import opener
from alerts.notify.planning import WINDOW, Planner
from alerts.quiet.desk import By, of_alert, silence
from alerts.rules import Finding
from alerts.tickets import TicketDesk
from inventory.database import unit_of_work
from inventory.models import Device, Room, StaffMember, StaffRole, User
from inventory.scope import Scope
from tests.alerts.conftest import MINUTE, NOW
from tests.alerts.notify.bureau import BOX, ROLES, Bureau, English
from tests.alerts.notify.receiver import Receiver, receiver


def test_a_fault_and_its_end_are_told_once_each(bureau: Bureau) -> None:
    bureau.channel()
    bureau.happen()
    bureau.happen()
    dispatcher = bureau.dispatcher()
    dispatcher.drain()
    dispatcher.drain()
    bureau.now += MINUTE
    bureau.end()
    dispatcher.drain()
    assert bureau.channels.of("room") == ["alert_opened", "alert_cleared"]


def test_a_decision_that_is_taken_back_is_not_told(bureau: Bureau) -> None:
    bureau.channel()
    with bureau.sessions() as session:
        found = Finding(rule="device_down", subject="d1", severity=Severity.critical)
        judge(session, [found], [], NOW)
        assert len(session.exec(select(NoticeEvent)).all()) == 1
        session.rollback()
    bureau.dispatcher().drain()
    assert bureau.channels.taken == []


def test_two_controllers_tell_each_event_once(bureau: Bureau) -> None:
    for number in range(3):
        bureau.channel(f"room {number}")
    for device in ("d1", "d2", "d3"):
        bureau.happen(device)
    both = [threading.Thread(target=bureau.dispatcher().drain) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    told = [(name, told.fault) for name, told in bureau.channels.taken]
    assert len(told) == len(set(told)) == 9
    assert {one.attempts for one in bureau.notices()} == {1}
    with bureau.sessions() as session:
        assert len(session.exec(select(Ticket)).all()) == 3


def test_a_restart_between_decision_and_delivery_loses_and_doubles_nothing(bureau: Bureau) -> None:
    channel = bureau.channel()
    bureau.happen()
    # One controller planned it and took it, and died before it could say what became of it.
    with unit_of_work(bureau.sessions) as session:
        Planner(ROLES).plan(session, bureau.now)
    with unit_of_work(bureau.sessions) as session:
        assert claim(session, channel.id, bureau.now) is not None
    bureau.happen()  # judged again after the restart
    bureau.dispatcher().drain()
    bureau.now += WINDOW - timedelta(seconds=1)
    bureau.dispatcher().drain()
    assert bureau.channels.taken == []  # perhaps it had been sent: nothing within the window
    bureau.now += timedelta(seconds=2)
    bureau.dispatcher().drain()
    bureau.dispatcher().drain()
    assert bureau.channels.of("room") == ["alert_opened"]
    with bureau.sessions() as session:
        assert len(session.exec(select(Ticket)).all()) == 1


def test_who_comes_late_with_an_old_claim_changes_nothing(bureau: Bureau) -> None:
    channel = bureau.channel()
    bureau.happen()
    with unit_of_work(bureau.sessions) as session:
        Planner(ROLES).plan(session, bureau.now)
        first = claim(session, channel.id, bureau.now)
        second = claim(session, channel.id, bureau.now + WINDOW)
        assert first is not None
        assert second is not None
        note_sent(session, first, bureau.now)
    assert bureau.notices()[0].state is NoticeState.waiting


def test_the_same_again_within_the_window_waits_and_is_dropped_when_over(bureau: Bureau) -> None:
    bureau.channel()
    dispatcher = bureau.dispatcher()
    for _ in range(3):
        bureau.happen()
        dispatcher.drain()
        bureau.now += MINUTE
        bureau.end()
        dispatcher.drain()
        bureau.now += MINUTE
    assert bureau.channels.of("room") == ["alert_opened", "alert_cleared"]
    bureau.now += 2 * WINDOW
    dispatcher.drain()
    assert bureau.channels.of("room") == ["alert_opened", "alert_cleared"]
    assert {one.detail for one in bureau.notices() if one.state is NoticeState.skipped} == {"over"}
    bureau.happen()
    dispatcher.drain()
    assert bureau.channels.of("room")[2:] == ["alert_opened"]


@pytest.mark.parametrize("is_over", [True, False])
def test_a_silenced_fault_is_told_of_after_the_silence_if_it_still_stands(
    bureau: Bureau, is_over: bool
) -> None:
    bureau.channel()
    bureau.happen()
    with unit_of_work(bureau.sessions) as session:
        [alert] = session.exec(select(Alert)).all()
        row = of_alert(alert, bureau.now + timedelta(hours=1), "the socket is being moved")
        silence(session, Scope.everything(), row, By("county", "u1"), bureau.now)
    dispatcher = bureau.dispatcher()
    dispatcher.drain()
    bureau.now += timedelta(minutes=59)
    if is_over:
        bureau.end()
    dispatcher.drain()
    assert bureau.channels.taken == []
    bureau.now += 2 * MINUTE
    dispatcher.drain()
    assert bureau.channels.of("room") == ([] if is_over else ["alert_opened"])


def test_a_channel_that_hangs_or_fails_delays_no_other(bureau: Bureau) -> None:
    hangs = bureau.channels.gates["hangs"] = threading.Event()
    bureau.channels.faults["fails"] = NoticeFailed("HTTP 503")
    bureau.channels.faults["refuses"] = NoticeRefused("HTTP 404")
    for name in ("hangs", "fails", "refuses", "works"):
        bureau.channel(name)
    dispatcher = bureau.dispatcher()
    try:
        for device in ("d1", "d2", "d3"):
            bureau.happen(device)
            dispatcher.round()
            _until(dispatcher, lambda: len(bureau.channels.of("works")), bureau)
    finally:
        hangs.set()
    dispatcher.drain()
    assert bureau.channels.of("works") == ["alert_opened"] * 3
    states = {one.detail: one.state for one in bureau.notices()}
    assert states["HTTP 503"] is NoticeState.waiting
    assert states["HTTP 404"] is NoticeState.failed


def _until(dispatcher: Dispatcher, count: Callable[[], int], bureau: Bureau) -> None:
    """Rounds until the channel that works has what happened, while another one hangs."""
    with bureau.sessions() as session:
        wanted = len(session.exec(select(Ticket)).all())
    for _ in range(600):
        if count() >= wanted:
            return
        threading.Event().wait(0.02)
        dispatcher.round()
    raise AssertionError("the channel that works was kept waiting")


def test_what_fails_is_tried_again_later_and_given_up_in_the_end(bureau: Bureau) -> None:
    bureau.channel()
    bureau.channels.faults["room"] = NoticeFailed("HTTP 503")
    bureau.happen()
    for wait in (*WAITS, WAITS[-1]):
        bureau.dispatcher().drain()  # a new process each time: none remembers to rest
        bureau.now += wait
    [notice] = bureau.notices()
    assert notice.state is NoticeState.failed
    assert notice.attempts == len(WAITS) + 1


def test_people_are_told_by_their_wishes_and_within_their_scope(bureau: Bureau) -> None:
    with unit_of_work(bureau.sessions) as session:
        for user_id in ("u1", "u2"):
            session.get_one(User, user_id).email = f"{user_id}@edu.example"
            session.add(NotifyPreference(user_id=user_id, follow=Follow.everything))
    bureau.channel("other school", at="S002")
    bureau.happen("d1")
    bureau.dispatcher().drain()
    # The technician of the second school may not know of the first one.
    assert [name for name, _ in bureau.channels.taken] == ["li"]


def test_quiet_hours_and_digests_gather_what_happens(bureau: Bureau) -> None:
    with unit_of_work(bureau.sessions) as session:
        session.get_one(User, "u1").email = "li@edu.example"
        session.add(
            NotifyPreference(
                user_id="u1", follow=Follow.everything, quiet_from=22 * 60, quiet_to=7 * 60
            )
        )
    bureau.now = datetime(2026, 3, 10, 15, tzinfo=UTC)  # 23:00 in Beijing
    for device in ("d1", "d2", "d3"):
        bureau.happen(device)
    bureau.dispatcher().drain()
    bureau.end("d3")
    assert bureau.channels.taken == []
    bureau.now = datetime(2026, 3, 10, 23, tzinfo=UTC)
    bureau.dispatcher().drain()
    assert bureau.channels.letters == [2]


def test_a_person_s_steps_are_told_to_the_assignee_and_not_to_the_actor(bureau: Bureau) -> None:
    with unit_of_work(bureau.sessions) as session:
        for user_id in ("u1", "u2"):
            session.get_one(User, user_id).email = f"{user_id}@edu.example"
        desk = TicketDesk(session, Scope.everything(), "u1", bureau.now)
        ticket = desk.open("S002", "No picture", device_id="d3")
        desk.assign(ticket.id, "u2")
    bureau.dispatcher().drain()
    assert "ticket_assigned" in bureau.channels.of("wang")
    assert bureau.channels.of("li") == []


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def test_a_webhook_carries_everything_signed_and_its_address_stays_sealed(
    bureau: Bureau, hook: Receiver
) -> None:
    with unit_of_work(bureau.sessions) as session:
        session.add(Room(id="r1", school_code="S001", building="B2", name="301"))
        session.flush()
        session.get_one(Device, "d1").room_id = "r1"
        session.add(
            StaffMember(
                id="m1",
                school_code="S001",
                role=StaffRole.network_administrator,
                name="Zhao",
                phone="0574-1234",
            )
        )
        desk = ChannelDesk(session, Scope.everything(), "u1")
        wanted = Wanted(name="hook", kind=ChannelKind.webhook, url=hook.url)
        row, secret = desk.add(Owner(organisation_code="3304"), wanted, BOX, bureau.now)
        assert "very-secret" not in row.model_dump_json()
        assert row.hint == "http://127.0.0.1"
    bureau.happen()
    post = Post(
        Planner(ROLES),
        lambda _code: English(),
        opener(BOX, networks_of("127.0.0.0/8")),
        clock=lambda: bureau.now,
    )
    Dispatcher(bureau.sessions, post).drain()
    [(headers, body)] = hook.requests
    signed = headers["X-Fleet-Timestamp"].encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Fleet-Signature"] == f"v1={digest}"
    told = json.loads(body)
    assert told["school"] == "第一小学"
    assert told["room"] == "B2 301"
    assert told["device"] == "core-1"
    assert told["phone"] == "Zhao 0574-1234"
    assert "does not answer" in told["title"]
    [notice] = bureau.notices()
    assert headers["X-Fleet-Delivery"] == notice.id
    assert notice.state is NoticeState.sent
