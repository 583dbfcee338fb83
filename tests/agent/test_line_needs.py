"""What lines need of a box, told in words."""

import socket

from agent.lines import needs
from drivers.plan import LineTest

BY_IPERF3 = LineTest("l1", "S1", "iperf3://h", method="iperf3")
BY_HTTP = LineTest("l1", "S1", "http://h")


def test_a_missing_iperf3_is_told_where_it_is_needed(monkeypatch):
    monkeypatch.setattr(needs, "PROGRAM", "no-such-program")
    monkeypatch.setattr(needs, "may_ping", lambda: True)
    ((message, advice),) = needs.unmet([BY_IPERF3])
    assert "iperf3" in message
    assert "apt-get install iperf3" in advice
    assert list(needs.unmet([BY_HTTP])) == []


def test_a_box_that_may_not_ping_is_told_of(monkeypatch):
    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(socket, "socket", refused)
    assert not needs.may_ping()
    ((message, advice),) = needs.unmet([BY_HTTP])
    assert "ping" in message
    assert "CAP_NET_RAW" in advice
    assert list(needs.unmet([])) == []
