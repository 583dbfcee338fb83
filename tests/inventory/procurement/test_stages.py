"""Stages one behind the other: none begins before the one before it is approved."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from inventory.models import ProjectStage, StageState
from inventory.procurement.errors import StageNotReached
from inventory.procurement.project_rows import STAGES, ProjectRepository
from inventory.procurement.projects import Contract
from tests.inventory.procurement.bureau import ALL, COUNTY_IT, SHOPPER, TODAY, Steps, found
from tests.migrated import in_memory

_ENGINE = in_memory()


def stages_of(steps: Steps, project: str) -> list[StageState]:
    rows = ProjectRepository(steps.session, ALL).stages(project)
    return [rows[stage].state for stage in STAGES]


@pytest.mark.parametrize("place", range(len(STAGES) - 1))
def test_nothing_follows_a_stage_that_waits_for_approval(steps: Steps, place: int) -> None:
    """One that was put forward is no more approved than one that was not begun."""
    project = steps.project()
    _stand_at(steps, project.id, place, StageState.submitted)
    following = STAGES[place + 1]
    with pytest.raises(StageNotReached):
        _submit(steps, project.id, following)
    with pytest.raises(StageNotReached):
        steps.projects(COUNTY_IT).approve_stage(project.id, following)


@settings(max_examples=30, deadline=None)
@given(
    states=st.lists(st.sampled_from(StageState), min_size=len(STAGES), max_size=len(STAGES)),
    stage=st.sampled_from(STAGES),
)
def test_a_stage_moves_only_behind_approved_ones(
    states: list[StageState], stage: ProjectStage
) -> None:
    """Whatever the rows say, by whatever way: what is not all approved before lets nothing pass."""
    with _ENGINE.connect() as connection, connection.begin() as whole:
        session = Session(connection, join_transaction_mode="create_savepoint")
        found(session)
        steps = Steps(session)
        project = steps.project()
        rows = ProjectRepository(session, ALL).stages(project.id)
        for one, state in zip(STAGES, states, strict=True):
            rows[one].state = state
        session.flush()
        place = STAGES.index(stage)
        free = all(state is StageState.approved for state in states[:place])
        for act in (
            lambda: _submit(steps, project.id, stage),
            lambda: steps.projects(COUNTY_IT).approve_stage(project.id, stage),
            lambda: steps.projects(COUNTY_IT).return_stage(project.id, stage, "x"),
        ):
            if not free:
                with pytest.raises(StageNotReached):
                    act()
                assert stages_of(steps, project.id) == states
        session.close()
        whole.rollback()


def _submit(steps: Steps, project: str, stage: ProjectStage) -> None:
    contract = None
    if stage is ProjectStage.contract:
        contract = Contract("ZB-1", "HT-1", "某公司", Decimal(1_000_000), TODAY)
    steps.projects(SHOPPER).submit_stage(project, stage, "x", contract)


def _stand_at(steps: Steps, project: str, place: int, state: StageState) -> None:
    """All before approved, this one as it is said; without the orders an acceptance asks for."""
    rows = ProjectRepository(steps.session, ALL).stages(project)
    for one in STAGES[:place]:
        rows[one].state = StageState.approved
    rows[STAGES[place]].state = state
    steps.session.flush()
