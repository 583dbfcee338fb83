from itertools import product

import pytest
from sqlmodel import Session

from inventory.errors import LifecycleTransitionRefused
from inventory.lifecycle import TRANSITIONS, check_transition, move_to
from inventory.models import Device, Lifecycle
from tests.inventory.city import A


def test_every_step_that_is_not_in_the_table_is_refused() -> None:
    assert TRANSITIONS.keys() == set(Lifecycle)
    for before, after in product(Lifecycle, Lifecycle):
        if after in TRANSITIONS[before]:
            check_transition(before, after)
        else:
            with pytest.raises(LifecycleTransitionRefused) as caught:
                check_transition(before, after)
            assert caught.value.arguments == {"before": before.value, "after": after.value}


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
