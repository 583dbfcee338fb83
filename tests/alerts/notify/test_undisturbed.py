"""Nobody is disturbed when they do not want to be, and nobody waits for what hangs elsewhere."""

import threading
from datetime import UTC, datetime, timedelta

from sqlmodel import select

from alerts.models import Alert, NotifyPreference, Silence
from alerts.notify.channels import NoticeFailed
from alerts.notify.models import ChannelKind, Follow
from alerts.quiet.desk import By, end_silence, of_alert, silence
from alerts.tickets import TicketDesk
from inventory.database import unit_of_work
from inventory.models import Grant, Role, User
from inventory.scope import Scope
from tests.alerts.notify.bureau import Bureau

#: 21:55 in Beijing; it is quiet from 22:00 to 07:00.
EVENING = datetime(2026, 3, 10, 13, 55, tzinfo=UTC)
MORNING = datetime(2026, 3, 10, 23, tzinfo=UTC)
EVERYBODY = Scope.everything()


def _rests_at_night(bureau: Bureau) -> None:
    bureau.now = EVENING
    with unit_of_work(bureau.sessions) as session:
        session.get_one(User, "u1").email = "li@edu.example"
        session.add(
            NotifyPreference(
                user_id="u1", follow=Follow.everything, quiet_from=22 * 60, quiet_to=7 * 60
            )
        )


def _all_night(bureau: Bureau) -> None:
    while bureau.now < MORNING - timedelta(minutes=5):
        bureau.now += timedelta(minutes=5)
        bureau.dispatcher().drain()
        assert bureau.channels.taken == []
    bureau.now = MORNING
    bureau.dispatcher().drain()


def test_what_was_not_taken_in_the_evening_is_not_tried_again_at_night(bureau: Bureau) -> None:
    _rests_at_night(bureau)
    bureau.channels.faults["li"] = NoticeFailed("HTTP 503")
    bureau.happen()
    bureau.dispatcher().drain()
    bureau.channels.faults.clear()
    _all_night(bureau)
    assert bureau.channels.of("li") == ["alert_opened"]


def test_what_comes_again_within_the_window_does_not_wait_into_the_night(bureau: Bureau) -> None:
    _rests_at_night(bureau)
    bureau.happen()
    bureau.dispatcher().drain()
    bureau.now += timedelta(minutes=1)
    bureau.end()
    bureau.dispatcher().drain()
    bureau.happen()
    bureau.channels.taken.clear()
    _all_night(bureau)
    assert bureau.channels.of("li") == ["alert_opened"]


def test_a_silence_that_is_ended_early_is_heard_of_within_minutes(bureau: Bureau) -> None:
    bureau.channel()
    bureau.happen()
    with unit_of_work(bureau.sessions) as session:
        [alert] = session.exec(select(Alert)).all()
        row = of_alert(alert, bureau.now + timedelta(days=20), "a new socket")
        silence(session, EVERYBODY, row, By("county", "u1"), bureau.now)
    bureau.dispatcher().drain()
    bureau.now += timedelta(hours=1)
    with unit_of_work(bureau.sessions) as session:
        [kept] = session.exec(select(Silence)).all()
        end_silence(session, EVERYBODY, kept, By("county", "u1"), bureau.now)
    bureau.now += timedelta(minutes=2)
    bureau.dispatcher().drain()
    assert bureau.channels.of("room") == ["alert_opened"]


def test_a_mail_server_that_hangs_keeps_no_channel_waiting(bureau: Bureau) -> None:
    hangs = threading.Event()
    with unit_of_work(bureau.sessions) as session:
        for number in range(40):
            user = User(id=f"m{number}", login=f"m{number}", name="", password_hash="", email="a@b")
            session.add(user)
            session.flush()
            session.add(Grant(user_id=user.id, role=Role.county_it, scope_path="/3304/"))
            session.add(NotifyPreference(user_id=user.id, follow=Follow.everything))
            bureau.channels.gates[user.login] = hangs
    bureau.channel("works")
    dispatcher = bureau.dispatcher()
    try:
        bureau.happen()
        dispatcher.round()
        for _ in range(600):
            if bureau.channels.of("works"):
                break
            threading.Event().wait(0.02)
        assert bureau.channels.of("works") == ["alert_opened"]
    finally:
        hangs.set()
    dispatcher.drain()
    assert len(bureau.channels.taken) == 41


def test_what_alertmanager_s_receivers_are_sent_are_alerts_only(bureau: Bureau) -> None:
    bureau.channel("theirs", kind=ChannelKind.alertmanager)
    with unit_of_work(bureau.sessions) as session:
        TicketDesk(session, EVERYBODY, "u1", bureau.now).open("S001", "No picture")
    bureau.happen()
    bureau.dispatcher().drain()
    assert bureau.channels.of("theirs") == ["alert_opened"]
