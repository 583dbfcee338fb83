"""The plan of an agent, made in one call."""

from datetime import date

from sqlmodel import Session

from drivers.plan import Plan
from inventory.agent_plans.making import PlanSettings, asking, make_plan
from inventory.secrets import SecretBox


def build_plan(
    session: Session, agent_id: str, box: SecretBox, *, today: date, settings: PlanSettings
) -> Plan:
    """Everything this agent has to do now."""
    agent = asking(session, agent_id)
    return make_plan(session, agent, box, today=today, settings=settings).plan
