"""Whose months stand when several reports sign the same ones."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from inventory.models import EditionKind, ReportEdition
from inventory.scope import Scope
from inventory.verdicts.keeping import MonthVerdictRepository
from inventory.verdicts.signing import kept_rows, sign_months
from tests.inventory.city import A, B
from tests.inventory.verdicts.kept_rows import AT, MONTH, freeze, target_row, verdict_row

CITY = "/3300/"


class Signers:
    """Editions that sign a month, each later than the one before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._number = 0
        self.months = MonthVerdictRepository(session, Scope.everything())

    @property
    def at(self) -> datetime:
        return AT + timedelta(days=self._number)

    def sign(
        self, path: str, standings: Mapping[str, str], kind: EditionKind = EditionKind.month
    ) -> int:
        self._number += 1
        row = ReportEdition(
            id=f"re{self._number}", organisation_code="3300", path=path, kind=kind,
            first_day=MONTH, last_day=MONTH, number=self._number,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        rows: list[Any] = []
        for code, standing in standings.items():
            made = verdict_row(code, standing, computed_at=self.at)
            rows.append({name: made[name] for name in made if name not in _LATER})
        targets = [target_row(code, standing) for code, standing in standings.items()]
        return sign_months(self._session, row, rows, targets, self.at)

    def told(self) -> dict[str, tuple[str, str | None]]:
        rows = self.months.of_month(MONTH)
        for one in rows:
            [target] = self.months.targets_of(one.school_code, MONTH)
            assert target.state == one.standing
        return {one.school_code: (one.standing, one.edition_id) for one in rows}

    def compute(self, **standings: str) -> int:
        """What the job finds later."""
        rows = [verdict_row(code, standing) for code, standing in standings.items()]
        targets = [target_row(code, standing) for code, standing in standings.items()]
        return self.months.keep(rows, targets, MONTH)


_LATER = ("frozen_at", "edition_id")


@pytest.fixture
def signers(two_counties: Session) -> Signers:
    return Signers(two_counties)


def test_what_is_signed_takes_the_place_of_what_was_computed_since(signers: Signers) -> None:
    signers.compute(**{A.school: "compliant", A.point: "compliant"})
    assert signers.sign(A.path, {A.school: "non_compliant"}) == 1
    assert signers.told() == {A.school: ("non_compliant", "re1"), A.point: ("compliant", None)}
    assert signers.compute(**{A.school: "compliant", A.point: "marginal"}) == 1
    assert signers.told() == {A.school: ("non_compliant", "re1"), A.point: ("marginal", None)}
    computed = signers.months.computed(MONTH)
    assert (computed.schools, computed.final, computed.frozen) == (2, 1, 1)


def test_a_correction_and_the_paper_of_the_place_above_show(signers: Signers) -> None:
    signers.sign(A.path, {A.school: "non_compliant"})
    signers.sign(A.path, {A.school: "marginal"})
    assert signers.told() == {A.school: ("marginal", "re2")}
    assert signers.sign(CITY, {A.school: "compliant", B.school: "compliant"}) == 2
    assert signers.sign(A.path, {A.school: "non_compliant"}) == 0
    assert signers.told() == {A.school: ("compliant", "re3"), B.school: ("compliant", "re3")}


def test_a_year_takes_months_as_they_are_signed_and_signs_the_others(
    signers: Signers, two_counties: Session
) -> None:
    signers.sign(A.path, {A.school: "non_compliant"})
    year = {A.school: "compliant", B.school: "compliant"}
    assert signers.sign(CITY, year, EditionKind.year) == 1
    assert signers.told() == {A.school: ("non_compliant", "re1"), B.school: ("compliant", "re2")}
    # The paper of the month, when it comes after all, speaks of the month.
    signers.sign(CITY, {B.school: "marginal"})
    assert signers.told()[B.school] == ("marginal", "re3")
    # Of those that were frozen before editions were noted nobody knows whose they are.
    signers.compute(**{A.point: "compliant"})
    freeze(two_counties, A.point, AT)
    signers.sign(A.path, {A.point: "exempt"})
    assert signers.told()[A.point] == ("exempt", "re4")


def test_rows_of_a_year_are_read_as_they_are_kept(signers: Signers, two_counties: Session) -> None:
    signers.compute(**{A.school: "compliant", B.school: "marginal"})
    row = ReportEdition(
        id="re9", organisation_code="3300", path=A.path, kind=EditionKind.year,
        first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), number=1,
    )  # fmt: skip
    verdicts, targets = kept_rows(two_counties, row)
    assert [(one["school_code"], one["standing"]) for one in verdicts] == [(A.school, "compliant")]
    assert [one["state"] for one in targets] == ["compliant"]
    assert "frozen_at" not in verdicts[0]
