import pytest

from drivers.readings import Outcome
from drivers.ssh.orders import Authorisation, Order, OrderRefused, Result, steps_for
from drivers.ssh.platform import platform_named
from drivers.ssh.task import Carry
from drivers.ssh.work import TaskFault, work

CISCO = platform_named("cisco_ios")
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("by", "reason", "ticket"),
    [
        ("", "panel dead", "T-1"),
        ("wang", " ", "T-1"),
        ("wang", "panel dead", ""),
        ("wang\nroot", "panel dead", "T-1"),
        ("wang", "x" * 501, "T-1"),
    ],
)
def test_an_order_without_somebody_who_answers_for_it_cannot_be_made(by, reason, ticket):
    with pytest.raises(ValueError, match="one line"):
        Authorisation(by, reason, ticket)


@pytest.mark.parametrize(
    "spelled", ["GigabitEthernet1/0/24", "gigabitethernet 1/0/24", "GE1/0/24", "Gi1/0/24"]
)
def test_the_uplink_is_never_switched_off_however_it_is_spelled(spelled):
    protected = frozenset({spelled})
    for order in (Order.disable_port, Order.cycle_poe):
        with pytest.raises(OrderRefused, match="protected"):
            steps_for(CISCO, order, "GigabitEthernet1/0/24", protected=protected)
    steps_for(CISCO, Order.enable_port, "GigabitEthernet1/0/24", protected=protected)
    steps_for(CISCO, Order.disable_port, "GigabitEthernet1/0/2", protected=protected)


def test_a_platform_without_orders_says_so():
    with pytest.raises(OrderRefused, match="no orders"):
        steps_for(platform_named("fortinet"), Order.disable_port, "port1")


class Breaking:
    """A command line whose connection breaks, or that refuses, at one of its orders."""

    prompt = "x"

    def __init__(self, at, *, refused=False):
        self.at, self.refused, self.typed = at, refused, []

    def ask(self, command, *, patience=1.0):
        raise AssertionError(command)

    def pause(self, seconds):
        pass

    def order(self, lines):
        self.typed.append(lines)
        if len(self.typed) == self.at:
            raise TaskFault(Outcome.timeout, "no prompt in time", refused=self.refused)
        return "password old-1-pw"


CYCLE = Carry(("off",), ("on",), 0.0, KEY)


def test_power_is_given_back_even_when_the_answer_to_the_cut_was_lost():
    line = Breaking(1)
    with pytest.raises(TaskFault):
        work(line, CISCO, CYCLE)
    assert line.typed == [("off",), ("on",)]


def test_power_is_not_touched_again_when_the_device_refused_the_cut():
    line = Breaking(1, refused=True)
    with pytest.raises(TaskFault) as fault:
        work(line, CISCO, CYCLE)
    assert line.typed == [("off",)]
    assert fault.value.fault.refused


def test_power_that_did_not_come_back_is_no_mere_refusal():
    with pytest.raises(TaskFault) as fault:
        work(Breaking(2, refused=True), CISCO, CYCLE)
    assert not fault.value.fault.refused
    assert "without power" in fault.value.fault.detail


def test_a_transcript_holds_no_secret():
    assert "old-1-pw" not in work(Breaking(9), CISCO, CYCLE).text


def test_results_are_words_a_record_can_keep():
    assert {result.value for result in Result} == {"done", "refused", "failed", "uncertain"}
