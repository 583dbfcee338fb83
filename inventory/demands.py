"""Which schools a bandwidth target binds: the one rule that plans, alerts and pages go by."""

from typing import Protocol

from inventory.models import SchoolForm, Setting


class Demand(Protocol):
    """What a target says of its schools; what is empty is said of none in particular."""

    @property
    def setting(self) -> Setting | None: ...
    @property
    def form(self) -> SchoolForm | None: ...
    @property
    def organisation_code(self) -> str | None: ...


class Placed(Protocol):
    """What a target looks at of a school."""

    @property
    def path(self) -> str: ...
    @property
    def setting(self) -> Setting: ...
    @property
    def form(self) -> SchoolForm: ...


def binds(demand: Demand, school: Placed) -> bool:
    """Whether a target speaks of this school, whatever it measures and on its days."""
    return (
        demand.setting in (None, school.setting)
        and demand.form in (None, school.form)
        and demand.organisation_code in (None, *school.path.split("/"))
    )
