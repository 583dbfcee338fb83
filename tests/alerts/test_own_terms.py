"""Certificates of the controller itself: from their ends to an alert of the bureau at the top."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from alerts.judgement import judge
from alerts.judging.conditions import Ends
from alerts.looks.own import Term
from alerts.messages import alert_text, alert_title
from alerts.models import Alert, Severity, Ticket
from alerts.reminding import to_remind
from alerts.rules import Finding
from controller.metrics.memory import MemoryStore
from inventory.models import Level, Organisation
from inventory.scope import Scope

NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
DAY = timedelta(days=1)
SERVER = Term(Ends.controller, "fleet.example.edu.cn", datetime(2026, 4, 1, 3, tzinfo=UTC))
AUTHORITY = Term(Ends.authority, "Campus Fleet", datetime(2026, 7, 1, 3, tzinfo=UTC))


def told(county: Session, terms: list[Term] | None, now: datetime = NOW) -> list[tuple[str, str]]:
    """Which alerts of bureaus are open once everything was judged."""
    county.flush()
    scope = Scope.everything()
    news = to_remind(county, MemoryStore(), now, scope, listening_since=NOW, terms=terms)
    judge(county, news.findings, news.clears, now)
    assert not to_remind(county, MemoryStore(), now, scope, listening_since=NOW, terms=terms)
    query = select(Alert).where(
        col(Alert.cleared_at).is_(None), col(Alert.organisation_code).is_not(None)
    )
    return sorted((f"{one.organisation_code} {one.rule}", one.part) for one in county.exec(query))


def test_the_controller_s_certificates_are_told_of_in_time_until_there_are_new_ones(
    county: Session,
) -> None:
    # The nearest bureau that has schools; of several the first.
    county.add(Organisation(code="9901", name="空局", level=Level.county, path="/9901/"))
    assert told(county, [SERVER, AUTHORITY]) == []
    at = datetime(2026, 3, 19, tzinfo=UTC)
    server = ("3304 controller_certificate_ending", "2026-04")
    assert told(county, [SERVER, AUTHORITY], at) == [server]
    # What cannot be read now neither begins nor ends anything.
    assert told(county, None, at + DAY) == [server]
    [alert] = county.exec(select(Alert)).all()
    [ticket] = county.exec(select(Ticket)).all()
    assert (ticket.organisation_code, alert.severity) == ("3304", Severity.warning)
    title = "测试县: the certificate of the controller ends in 2026-04"
    assert alert_title(alert, "", str) == title
    assert alert_text(alert, str).startswith("fleet.example.edu.cn: it ends on 2026-04-01; after")
    # One that has ended is worse than one that will.
    late = datetime(2026, 4, 5, tzinfo=UTC)
    authority = ("3304 authority_ending", "2026-07")
    assert told(county, [SERVER, AUTHORITY], late) == [authority, server]
    renewed = SERVER.__class__(SERVER.ends, SERVER.name, late + 90 * DAY)
    assert told(county, [renewed, AUTHORITY], late) == [authority]
    # A bureau above that comes later has it from then on, in place of the other.
    county.add(Organisation(code="33", name="测试市", level=Level.city, path="/33/"))
    county.get_one(Organisation, "3304").path = "/33/3304/"
    assert told(county, [], late) == []


def test_nothing_is_held_back_behind_such_an_alert(county: Session) -> None:
    assert told(county, [SERVER], SERVER.at) != []
    down = Finding(rule="device_down", subject="d1", severity=Severity.critical)
    [alert] = judge(county, [down], [], SERVER.at).opened
    assert alert.storm_id is None
    assert alert.ticket_id is not None
