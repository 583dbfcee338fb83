"""The signing flow: who may do what, and when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from inventory.assets.attachments import FileFolder
from inventory.editions.appeals import files_of
from inventory.editions.desk import Person
from inventory.editions.documents import document, every_document
from inventory.editions.errors import (
    AppealsOpen,
    AppealWaits,
    EditionStepRefused,
    EditionUnderWay,
    FeedbackLasts,
    FeedbackOver,
    NumberUsed,
    OwnAppeal,
    PeriodLasts,
    ReasonNeeded,
    RecomputationNeeded,
    SameHands,
    ScanUnfit,
)
from inventory.editions.flow import ENDED, TRANSITIONS, period_of
from inventory.editions.manifest import differences, sha256_of
from inventory.editions.repository import EditionFilter, EditionRepository
from inventory.errors import Invalid, NotFound
from inventory.models import (
    AppealRemedy,
    AppealState,
    EditionKind,
    EditionState,
    MeasurementExclusion,
    ReportEdition,
)
from tests.inventory.editions.bureau import (
    COUNTY,
    HEAD,
    LEADER,
    OFFICER,
    PDF,
    Signed,
    Steps,
    found,
)


@pytest.fixture
def steps(session: Session) -> Steps:
    found(session)
    return Steps(session)


def test_periods_are_whole_months_and_years() -> None:
    assert period_of(EditionKind.month, date(2028, 2, 5)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert period_of(EditionKind.month, date(2026, 12, 31))[1] == date(2026, 12, 31)
    assert period_of(EditionKind.year, date(2026, 7, 1)) == (date(2026, 1, 1), date(2026, 12, 31))


def test_every_state_is_reached_and_only_the_frozen_and_the_withdrawn_end() -> None:
    reached = {EditionState.computing}.union(*TRANSITIONS.values())
    assert reached == set(EditionState) == set(TRANSITIONS)
    assert {EditionState.frozen, EditionState.withdrawn} == ENDED


def test_an_edition_goes_step_by_step_to_its_hash(steps: Steps) -> None:
    row = steps.to_frozen()
    written = EditionRepository(steps.session, COUNTY).steps(row.id)
    assert [one.after for one in written] == [
        EditionState.computing,
        EditionState.computed,
        EditionState.draft,
        EditionState.review,
        EditionState.issued,
        EditionState.frozen,
    ]
    assert [one.before for one in written[1:]] == [one.after for one in written[:-1]]
    assert [one.by_name for one in written][-3:] == ["Mei", "Director Li", "Director Li"]
    parts = [(one.name, one.content) for one in every_document(steps.session, row)]
    assert [name for name, _ in parts] == ["content.json", "evidence/3304.json", "report.pdf"]
    assert row.sha256 == sha256_of(row.manifest.encode())
    assert not list(differences(row.manifest.encode(), row.sha256, parts))
    changed = [(name, content + b" ") for name, content in parts[:1]] + parts[1:2]
    where = [one.where for one in differences(row.manifest.encode(), "0" * 64, changed)]
    assert where == ["manifest.json", "content.json", "report.pdf"]


def test_a_period_is_reported_on_when_it_is_over_in_beijing(steps: Steps) -> None:
    steps.now = datetime(2026, 9, 30, 15, 59, tzinfo=UTC)
    with pytest.raises(PeriodLasts):
        steps.open()
    steps.now += timedelta(minutes=1)  # midnight in Beijing
    assert steps.open().first_day == date(2026, 9, 1)


def test_one_edition_of_a_period_at_a_time_and_none_elsewhere(steps: Steps) -> None:
    steps.open()
    with pytest.raises(EditionUnderWay):
        steps.open()
    steps.place = "3305"
    with pytest.raises(NotFound):
        steps.open()


def test_feedback_lasts_until_the_end_of_its_last_day(steps: Steps) -> None:
    steps.open()
    steps.compute()
    with pytest.raises(Invalid):
        steps.draft(days=2)
    row = steps.draft(days=3)
    steps.now = datetime(2026, 10, 11, 15, 59, tzinfo=UTC)
    with pytest.raises(FeedbackLasts):
        steps.review()
    appeal = steps.appeals().file(row.id, "SCH-A", "The line was cut by works")
    steps.now += timedelta(minutes=1)
    with pytest.raises(FeedbackOver):
        steps.appeals().file(row.id, "SCH-A", "Too late")
    steps.review()
    with pytest.raises(EditionStepRefused):
        steps.appeals().file(row.id, "SCH-A", "Too late")
    assert appeal.state is AppealState.open


def test_a_school_appeals_for_itself_once_at_a_time(steps: Steps, tmp_path) -> None:
    row = steps.to_draft()
    with pytest.raises(NotFound):
        steps.appeals().file(row.id, "SCH-B", "Not mine")
    with pytest.raises(Invalid):
        steps.appeals().file(row.id, "SCH-A", "  ")
    appeal = steps.appeals().file(row.id, "SCH-A", "See the letter")
    with pytest.raises(AppealWaits):
        steps.appeals().file(row.id, "SCH-A", "And another thing")
    folder = FileFolder(tmp_path / "files")
    steps.appeals().attach(appeal.id, folder, name="letter.pdf", content=PDF)
    assert [one.name for one in files_of(steps.session, appeal.id)] == ["letter.pdf"]
    with pytest.raises(NotFound):
        steps.desk(HEAD).begin_review(row.id)


def test_nothing_is_issued_while_an_appeal_waits_or_does_not_show_in_the_figures(
    steps: Steps,
) -> None:
    row = steps.to_draft()
    appeal = steps.appeals().file(row.id, "SCH-A", "Power cut on the 7th")
    steps.wait(4)
    steps.review()
    with pytest.raises(AppealsOpen):
        steps.issue()
    begins = datetime(2026, 9, 7, tzinfo=UTC)
    cut = MeasurementExclusion(
        id="", begins_at=begins, ends_at=begins + timedelta(days=1), reason="Power cut",
        approved_by="",
    )  # fmt: skip
    answered = steps.appeals(OFFICER).answer(appeal.id, upheld=True, answer="Yes", exclusion=cut)
    assert answered.remedy is AppealRemedy.exclusion
    kept = steps.session.get_one(MeasurementExclusion, answered.exclusion_id)
    assert (kept.school_code, kept.approved_by) == ("SCH-A", "Mei")
    with pytest.raises(RecomputationNeeded):
        steps.issue()
    with pytest.raises(EditionStepRefused):
        steps.appeals(OFFICER).answer(appeal.id, upheld=False, answer="No, after all")
    # The schools see the new figures before they are signed.
    steps.desk().recompute(row.id, "An appeal was upheld")
    steps.compute("compliant")
    with pytest.raises(EditionStepRefused):
        steps.issue()
    steps.draft()
    steps.wait(4)
    steps.review()
    assert steps.issue().round == 2
    manifest = steps.freeze().manifest
    assert "Power cut on the 7th" in manifest
    assert '"round": 1' in manifest


def test_who_reviews_or_answers_does_not_sign_and_nobody_answers_their_own(steps: Steps) -> None:
    row = steps.to_draft()
    both = Person(HEAD.id, HEAD.name, COUNTY)
    appeal = steps.appeals().file(row.id, "SCH-A", "x")
    with pytest.raises(OwnAppeal):
        steps.appeals(both).answer(appeal.id, upheld=False, answer="x")
    steps.appeals(LEADER).answer(appeal.id, upheld=False, answer="Measured as it was")
    steps.wait(4)
    steps.review()
    for person in (OFFICER, LEADER):
        with pytest.raises(SameHands):
            steps.issue(person)
    assert steps.issue(both).state is EditionState.issued


def test_a_signature_says_number_signer_and_a_day_that_has_come(steps: Steps) -> None:
    steps.to_review()
    for signed in (
        Signed(number=" "),
        Signed(on=steps.today + timedelta(days=1)),
        Signed(on=date(2026, 9, 30)),
    ):
        with pytest.raises(Invalid):
            steps.issue(signed=signed)
    steps.issue()
    steps.freeze()
    steps.place = "SCH-A"
    steps.to_draft()
    steps.wait(4)
    steps.review()
    with pytest.raises(NumberUsed):
        steps.issue()


def test_a_correction_is_an_edition_of_its_own_with_a_reason(steps: Steps) -> None:
    first = steps.to_frozen()
    with pytest.raises(ReasonNeeded):
        steps.open()
    second = steps.open("The contract of SCH-B was entered wrongly")
    assert (second.number, second.supersedes_id) == (2, first.id)
    editions = EditionRepository(steps.session, COUNTY)
    assert editions.superseding(first.id) is None
    steps.compute()
    steps.draft()
    steps.wait(4)
    steps.review()
    steps.issue(signed=Signed("甬教〔2026〕8号"))
    row = steps.freeze()
    assert editions.superseding(first.id) == row
    assert first.sha256 in row.manifest
    assert document(steps.session, first, "report.pdf") is not None
    listed = editions.listed(EditionFilter(on=date(2026, 9, 3)), 0, 10)
    assert [one.number for one in listed.items] == [2, 1]


def test_what_is_given_up_keeps_its_number(steps: Steps) -> None:
    row = steps.open()
    steps.desk().withdraw(row.id, "Wrong month")
    assert steps.open().number == 2
    with pytest.raises(EditionStepRefused):
        steps.desk().withdraw(row.id, "Again")


def test_a_stamped_scan_is_put_beside_what_is_frozen(steps: Steps) -> None:
    steps.to_review()
    steps.issue()
    with pytest.raises(EditionStepRefused):
        steps.signing().add_scan(steps.edition.id, name="scan.pdf", content=PDF)
    row = steps.freeze()
    before = row.sha256
    scan = steps.signing().add_scan(row.id, name="../scan.pdf", content=PDF)
    assert (scan.name, scan.media_type, scan.sha256) == (
        "scan.pdf",
        "application/pdf",
        sha256_of(PDF),
    )
    for content in (b"", b"<html>", b"RIFF0000WEBP"):
        with pytest.raises(ScanUnfit):
            steps.signing().add_scan(row.id, name="x.pdf", content=content)
    assert steps.session.exec(select(ReportEdition.sha256)).one() == before
