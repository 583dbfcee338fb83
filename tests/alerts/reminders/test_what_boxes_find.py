"""Lists of what boxes find at devices: from a reading to an alert, and to its end."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from alerts.messages import alert_text, alert_title
from alerts.models import Alert
from inventory.models import (
    Device,
    Lifecycle,
)
from tests.alerts.reminders.conftest import MINUTE, NOW, Look


@pytest.mark.parametrize(
    "case",
    [
        ("telnet_open", "telnet_open", "Switch SSH on and telnet off"),
        ("community_known", "public_communities", "better SNMP version 3"),
        ("login_default", "default_logins", "Set a password of your own"),
    ],
)
def test_what_stands_open_is_one_alert_a_school_until_all_is_shut(
    county: Session, look: Look, say: Callable[..., None], case: tuple[str, str, str]
) -> None:
    metric, rule, words = case
    assert look() == []
    say(metric, 0, d1=1, d2=1, d3=0)
    assert look() == [(rule, "S001", "")]
    [alert] = county.exec(select(Alert)).all()
    assert alert_text(alert, str).startswith("2 in all: core-1、printer-1. ")
    assert words in alert_text(alert, str)
    say(metric, 60, d1=0, d2=1)
    assert len(look(NOW + 60 * MINUTE)) == 1
    # Nobody looks any more; and who has just come knows of nothing yet.
    later = NOW + 600 * MINUTE
    assert len(look(later)) == 1
    say(metric, 600, d1=0)
    assert len(look(later, since=later - MINUTE)) == 1
    say(metric, 600, d2=0)
    assert look(later) == []


def test_wrong_clocks_of_devices_are_one_alert_until_all_are_nearly_right(
    county: Session, look: Look, say: Callable[..., None]
) -> None:
    say("clock_error_seconds", 0, d1=290, d2=20, d3=0)
    assert look() == []
    say("clock_error_seconds", 1, d1=310, d2=4_000)
    assert look(NOW + MINUTE) == [("device_clocks", "S001", "")]
    [alert] = county.exec(select(Alert)).all()
    assert alert_title(alert, "", str) == "第一小学: clocks of devices are wrong"
    assert alert_text(alert, str).startswith("2 in all: core-1、printer-1. ")
    # Better is not right; what nobody has told of for hours is not known to be.
    say("clock_error_seconds", 60, d1=90, d2=0)
    assert len(look(NOW + 60 * MINUTE)) == 1
    assert len(look(NOW + 400 * MINUTE)) == 1
    say("clock_error_seconds", 400, d1=59, d2=0)
    assert look(NOW + 400 * MINUTE) == []


def test_a_device_that_leaves_service_is_off_the_list(
    county: Session, look: Look, say: Callable[..., None]
) -> None:
    say("telnet_open", 0, d1=1, d2=0)
    assert len(look()) == 1
    county.get_one(Device, "d1").lifecycle = Lifecycle.retired
    assert look() == []
