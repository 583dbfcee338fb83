from itertools import product

import pytest
from sqlmodel import Session

from inventory.assets.steps import take_step
from inventory.errors import DisposalNeeded, LifecycleTransitionRefused
from inventory.lifecycle import TRANSITIONS, check_transition, move_to, plain_steps
from inventory.models import Device, Lifecycle
from tests.inventory.city import NOW, A


def test_every_step_that_is_not_in_the_table_is_refused() -> None:
    assert TRANSITIONS.keys() == set(Lifecycle)
    for before, after in product(Lifecycle, Lifecycle):
        if after in TRANSITIONS[before]:
            check_transition(before, after, disposal=True)
        else:
            with pytest.raises(LifecycleTransitionRefused) as caught:
                check_transition(before, after, disposal=True)
            assert caught.value.arguments == {"before": before.value, "after": after.value}


@pytest.mark.parametrize("before", [Lifecycle.retired, Lifecycle.lost])
def test_a_device_is_given_up_by_a_disposal_alone(city: Session, before: Lifecycle) -> None:
    device = city.get_one(Device, A.row("d"))
    device.lifecycle = before
    with pytest.raises(DisposalNeeded):
        move_to(city, device, Lifecycle.disposed)
    with pytest.raises(DisposalNeeded):
        take_step(city, device, Lifecycle.disposed, on=NOW.date(), reason="坏了", now=NOW)
    assert Lifecycle.disposed not in plain_steps(before)
    assert device.lifecycle is before
    # What was turned down or cancelled never became a device.
    assert Lifecycle.disposed in plain_steps(Lifecycle.requested)


def test_every_device_can_be_put_to_use_and_disposed_of_in_the_end() -> None:
    def reachable(state: Lifecycle) -> set[Lifecycle]:
        seen, ahead = set(), [state]
        while ahead:
            for after in TRANSITIONS[ahead.pop()] - seen:
                seen.add(after)
                ahead.append(after)
        return seen

    assert {Lifecycle.in_service, Lifecycle.disposed} <= reachable(Lifecycle.requested)
    for state in set(Lifecycle) - {Lifecycle.disposed}:
        assert Lifecycle.disposed in reachable(state)
    assert reachable(Lifecycle.disposed) == set()


def test_a_device_takes_allowed_steps_and_stays_where_it_is(city: Session) -> None:
    device = city.get(Device, A.row("d"))
    move_to(city, device, Lifecycle.in_service)
    move_to(city, device, Lifecycle.in_repair)
    with pytest.raises(LifecycleTransitionRefused):
        move_to(city, device, Lifecycle.disposed)
    city.expire_all()
    assert device.lifecycle is Lifecycle.in_repair
