"""Refusals speak the reader's language, the states among their arguments included."""

from alerts.errors import TransitionRefused
from alerts.models import TicketState
from controller.errors import InventoryRefused
from controller.language import language
from controller.problems import detail_of
from inventory.errors import LifecycleTransitionRefused
from inventory.models import Lifecycle


def test_a_refused_step_of_a_ticket_is_told_in_the_readers_words() -> None:
    refused = InventoryRefused(
        TransitionRefused(number=7, before=TicketState.closed, after=TicketState.waiting)
    )

    chinese = detail_of(refused, language("zh_CN"))

    assert "已关闭" in chinese
    assert "closed" not in chinese


def test_a_refused_step_of_a_device_is_told_in_the_readers_words() -> None:
    refused = InventoryRefused(
        LifecycleTransitionRefused(before=Lifecycle.disposed, after=Lifecycle.in_service)
    )

    assert "In service" in detail_of(refused, language("en"))
