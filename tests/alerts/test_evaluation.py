from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from alerts.evaluation import evaluate
from alerts.models import Alert, Ticket, TicketEvent, TicketState
from controller.metrics.duckdb import DuckDbStore
from controller.metrics.store import Append, BatchKey, Rows
from drivers.readings import Block, Kind, Outcome
from inventory.days import day_of
from inventory.models import (
    Device,
    Lifecycle,
    Line,
    Protocol,
    School,
    StandardBinding,
)
from inventory.scope import Scope

ALL = Scope.everything()
HOUR = timedelta(hours=1)
DOWN, UP = "speedtest_download_bits_per_second", "speedtest_upload_bits_per_second"


def open_alerts(session: Session) -> list[tuple[str, str, str]]:
    alerts = session.exec(select(Alert).where(Alert.cleared_at == None))  # noqa: E711
    return sorted((alert.subject, alert.rule, alert.part) for alert in alerts)


def test_a_dead_switch_raises_a_ticket_and_its_return_resolves_it(
    county: Session, now: datetime, polled: Callable[..., None], speed: object
) -> None:
    polled(county, "d1", Outcome.timeout, 1)
    polled(county, "d3", Outcome.ok)
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == []

    polled(county, "d1", Outcome.timeout, 2)
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == [("d1", "device_down", "")]

    polled(county, "d1", Outcome.partial)
    evaluate(county, speed, now + HOUR, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == []
    [ticket] = county.exec(select(Ticket)).all()
    assert ticket.state is TicketState.resolved


def test_alerts_of_a_school_end_the_day_after_its_last_and_none_are_opened(
    county: Session, now: datetime, polled: Callable[..., None], speed: object
) -> None:
    polled(county, "d1", Outcome.timeout, 2)
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    [alert] = county.exec(select(Alert).where(Alert.rule == "device_down")).all()
    county.get_one(School, alert.school_code).closed_on = day_of(now)
    evaluate(county, speed, now + HOUR, ALL)  # type: ignore[arg-type]
    assert ("d1", "device_down", "") in open_alerts(county)

    for later in (timedelta(days=1), timedelta(days=1, hours=1)):
        evaluate(county, speed, now + later, ALL)  # type: ignore[arg-type]
        assert open_alerts(county) == []
    [told] = county.exec(select(TicketEvent).where(TicketEvent.kind == "withdrawn")).all()
    assert told.ticket_id is not None


def test_silence_of_an_agent_makes_no_device_down(
    county: Session, now: datetime, polled: Callable[..., None], speed: object
) -> None:
    polled(county, "d1", Outcome.ok, at=now - timedelta(days=3))
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]

    assert open_alerts(county) == []


@pytest.mark.parametrize("lifecycle", [Lifecycle.in_repair, Lifecycle.retired])
def test_a_device_out_of_service_is_not_down(
    county: Session,
    now: datetime,
    polled: Callable[..., None],
    speed: object,
    lifecycle: Lifecycle,
) -> None:
    polled(county, "d1", Outcome.timeout, 5)
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    device = county.get(Device, "d1")
    assert device is not None
    device.lifecycle = lifecycle
    county.flush()

    judgement = evaluate(county, speed, now, ALL)  # type: ignore[arg-type]

    assert [alert.subject for alert in judgement.cleared] == ["d1"]
    assert evaluate(county, speed, now, ALL).opened == []  # type: ignore[arg-type]


def test_a_device_that_is_only_looked_for_is_never_down(
    county: Session, now: datetime, polled: Callable[..., None], speed: object
) -> None:
    polled(county, "d1", Outcome.timeout, 5)
    device = county.get_one(Device, "d1")
    device.protocol = Protocol.presence
    county.flush()
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == []


def test_only_the_scope_and_the_subjects_asked_for_are_looked_at(
    county: Session, now: datetime, polled: Callable[..., None], speed: object
) -> None:
    county.get_one(Device, "d2").kind = Kind.camera
    for device in ("d1", "d2", "d3"):
        polled(county, device, Outcome.unreachable)

    evaluate(county, speed, now, Scope(("/3304/S002/",)))  # type: ignore[arg-type]
    assert open_alerts(county) == [("d3", "device_down", "")]
    evaluate(county, speed, now, ALL, subjects=["d2", "nobody"])  # type: ignore[arg-type]
    assert open_alerts(county) == [("d2", "device_down", ""), ("d3", "device_down", "")]
    evaluate(county, speed, now, Scope(()), subjects=["d1"])  # type: ignore[arg-type]
    assert len(open_alerts(county)) == 2


def test_a_line_below_its_target_raises_an_alert_for_its_direction(
    county: Session, now: datetime, speed: object
) -> None:
    speed.made("l1", 95, 96, 94, 95)  # type: ignore[attr-defined]
    speed.made("l1", 30, 0, 31, metric=UP)  # type: ignore[attr-defined]
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == [("l1", "bandwidth_below_target", "up")]

    speed.made("l1", 95, 95, metric=UP, end=now + HOUR)  # type: ignore[attr-defined]
    evaluate(county, speed, now + HOUR, ALL)  # type: ignore[arg-type]
    assert len(open_alerts(county)) == 1

    speed.made("l1", 95, metric=UP, end=now + 2 * HOUR)  # type: ignore[attr-defined]
    evaluate(county, speed, now + 2 * HOUR, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == []
    evaluate(county, speed, now + 2 * HOUR, ALL)  # type: ignore[arg-type]
    assert open_alerts(county) == []


def test_tests_to_all_servers_count_together(county: Session, now: datetime, speed: object) -> None:
    speed.made("l1", 30, 30, server="s1")  # type: ignore[attr-defined]
    speed.made("l1", 30, server="s2")  # type: ignore[attr-defined]
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]

    assert open_alerts(county) == [("l1", "bandwidth_below_target", "down")]


def test_the_controller_s_store_shows_the_same(
    county: Session, now: datetime, tmp_path: Path
) -> None:
    store = DuckDbStore(tmp_path / "metrics")
    last = int(now.timestamp() * 1000)
    for turn in range(3):
        columns = {metric: [speed] for metric, speed in ((DOWN, 95e6), (UP, 2e7 * turn))}
        rows = Rows("l1", last - 60_000 * turn, (Block(("s1",), columns),))
        store.append([Append(BatchKey("a1", "e1", turn), (rows,))])
    evaluate(county, store, now, ALL)
    store.close()

    assert open_alerts(county) == [("l1", "bandwidth_below_target", "up")]


def test_old_tests_say_nothing_about_today(county: Session, now: datetime, speed: object) -> None:
    speed.made("l1", 30, 30, 30, end=now - timedelta(days=8))  # type: ignore[attr-defined]
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]

    assert open_alerts(county) == []


def test_tests_that_agree_with_the_alert_are_not_looked_at_again(
    county: Session, now: datetime, speed: object
) -> None:
    speed.made("l1", 30, 30, 30)  # type: ignore[attr-defined]
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    asked = speed.windows  # type: ignore[attr-defined]
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]

    assert speed.windows == asked == 1  # type: ignore[attr-defined]


def test_without_a_target_or_a_contract_there_is_nothing_to_miss(
    county: Session, now: datetime, speed: object
) -> None:
    speed.made("l1", 30, 30, 30)  # type: ignore[attr-defined]
    line, target = county.get(Line, "l1"), county.get(StandardBinding, "b1")
    assert line is not None
    assert target is not None
    evaluate(county, speed, now, ALL)  # type: ignore[arg-type]
    line.ends_on = now.date() - timedelta(days=1)
    county.flush()

    [alert] = evaluate(county, speed, now, ALL).cleared  # type: ignore[arg-type]
    assert alert.part == "down"

    line.ends_on = None
    target.valid_from = now.date() + timedelta(days=1)
    county.flush()
    assert evaluate(county, speed, now, ALL).opened == []  # type: ignore[arg-type]
