"""The packing job: plans and shortages of a packed city are those of the register."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session
from starlette.testclient import TestClient

from controller.packing import pack_schools
from drivers.readings import Kind
from inventory.database import read_only, unit_of_work
from inventory.models import Device, EquipmentBasis, EquipmentRule, PackedTime
from inventory.models.base import utc_now
from tests.controller.county import County

QUESTIONS = ("/renewal?years=10&budget=5000&lang=en", "/shortages", "/shortages/totals")


class Turns:
    """Transactions of the only controller."""

    def __init__(self, app: FastAPI) -> None:
        self._sessions = app.state.sessions

    def reading(self) -> AbstractContextManager[Session]:
        return read_only(self._sessions)

    def writing(self) -> AbstractContextManager[Session]:
        return unit_of_work(self._sessions)


@pytest.fixture
def answers(app: FastAPI, client: TestClient, county: County) -> Callable[[], list[Any]]:
    with unit_of_work(app.state.sessions) as session:
        for number in range(6):
            session.add(
                Device(
                    id=f"p{number}",
                    name=f"P {number}",
                    school_code=("SCH-A", "SCH-B")[number % 2],
                    kind=Kind.projector,
                    purchased_on=date(2015 + number, 1, 1),
                    price_cny=Decimal(2_000 + number),
                )
            )
        session.add(
            EquipmentRule(
                id="er",
                standard="S",
                item="projectors",
                basis=EquipmentBasis.school,
                quantity=5,
                kinds="projector",
                valid_from=date(2020, 1, 1),
            )
        )

    def ask() -> list[Any]:
        headers = {"Authorization": f"Bearer {county.tokens['shopper']}"}
        told = [client.get(f"/api/v1{path}", headers=headers) for path in QUESTIONS]
        assert [answer.status_code for answer in told] == [200] * len(QUESTIONS)
        return [answer.json() for answer in told]

    return ask


def test_a_packed_city_is_answered_as_the_register_would(
    app: FastAPI, answers: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = answers()
    assert live[1]["total"] > 0
    monkeypatch.setattr("inventory.summaries.LIVE_UP_TO", 0)
    pack_schools(Turns(app), utc_now())
    assert answers() == live
    with unit_of_work(app.state.sessions) as session:
        session.get_one(Device, "p0").price_cny = Decimal(4_999)
    # Until the next look nothing has changed, and then the session's own note tells of it.
    assert answers() == live
    pack_schools(Turns(app), utc_now())
    changed = answers()
    assert changed != live
    monkeypatch.setattr("inventory.summaries.LIVE_UP_TO", 5_000)
    pack_schools(Turns(app), utc_now())
    with read_only(app.state.sessions) as session:
        assert session.get(PackedTime, 1) is None
    assert answers() == changed
