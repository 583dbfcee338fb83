"""Time and schools that verdicts leave out: what is listed, and the forms that add to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, StringConstraints

from controller.api.target_standards import login_of
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureau_options, bureaus_known
from controller.pages.views.names import school_name
from controller.pages.views.record_form import Field
from controller.pages.views.typed_time import typed_moment
from inventory.models import MeasurementExclusion, SchoolExemption
from inventory.repositories import SchoolRepository
from inventory.scope import Scope
from inventory.standards.exclusions import ExclusionRepository

_Reason = Annotated[str, StringConstraints(max_length=500)]
_School = Annotated[str, StringConstraints(max_length=32, strip_whitespace=True)]


class ExclusionForm(BaseModel):
    """An exclusion as it is typed: a school's code comes before the bureau that is chosen."""

    bureau: str | None = None
    school: _School = ""
    begins_at: Annotated[datetime, BeforeValidator(typed_moment)]
    ends_at: Annotated[datetime, BeforeValidator(typed_moment)]
    reason: _Reason


class ExemptionForm(BaseModel):
    """An exemption as it is typed."""

    school_code: _School
    valid_from: date
    valid_until: date | None = None
    reason: _Reason


class LastDayForm(BaseModel):
    """The last day of an exemption."""

    valid_until: date


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """One exclusion; ``place`` in the reader's language.

    Args:
        waits: for somebody else's approval.
        may_approve: the reader may, and has not asked for it.
        may_revoke: take it back, or decline what waits.
    """

    row: MeasurementExclusion
    place: str
    waits: bool
    may_approve: bool
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class ExemptionRow:
    """One exemption; it waits for somebody else's approval like an exclusion."""

    row: SchoolExemption
    place: str
    holds: bool
    may_end: bool
    waits: bool
    may_approve: bool
    may_decline: bool


@dataclass(frozen=True, slots=True)
class ExclusionsView:
    """Everything on the page."""

    exclusions: Sequence[ExclusionRow]
    exemptions: Sequence[ExemptionRow]
    may_ask: bool


def exclusions_view(look: Look) -> ExclusionsView:
    """What waits first, then the newest; what was revoked is among them."""
    repository = ExclusionRepository(look.session, look.scope)
    manages = look.caller.scope(Permission.manage_inventory)
    asks, me = look.caller.scope(Permission.manage_calendars), login_of(look.caller)
    bureaus = bureaus_known(look)
    newest, exempted = repository.newest(), repository.exemptions()
    codes = {row.school_code for row in newest if row.school_code}
    codes |= {row.school_code for row in exempted}
    found = SchoolRepository(look.session, look.scope).named(sorted(codes))
    schools = {one.code: one for one in found}

    def place(school: str | None, bureau: str | None) -> tuple[str, str]:
        if school is None:
            known = bureaus.get(bureau or "")
            return (known.name, known.path) if known else (bureau or "", "")
        found = schools.get(school)
        return (school_name(look, found), found.path) if found else (school, "")

    exclusions = []
    for row in newest:
        name, path = place(row.school_code, row.organisation_code)
        waits = row.revoked_at is None and not row.approved_by
        may = row.revoked_at is None and bool(path) and manages.covers(path)
        own = row.requested_by == me
        exclusions.append(
            ExclusionRow(
                row,
                name,
                waits=waits,
                may_approve=waits and may and not own,
                may_revoke=may or (waits and own and bool(path) and asks.covers(path)),
            )
        )
    exemptions = []
    for one in reversed(exempted):
        name, path = place(one.school_code, None)
        over = one.valid_until is not None and one.valid_until < look.today
        waits = not one.approved_by and one.declined_at is None
        may, own = bool(path) and manages.covers(path), one.requested_by == me
        exemptions.append(
            ExemptionRow(
                one,
                name,
                holds=bool(one.approved_by) and one.valid_from <= look.today and not over,
                may_end=bool(one.approved_by) and not over and may,
                waits=waits,
                may_approve=waits and may and not own,
                may_decline=waits and (may or (own and bool(path) and asks.covers(path))),
            )
        )
    exclusions.sort(key=lambda row: not row.waits)
    exemptions.sort(key=lambda row: not row.waits)
    return ExclusionsView(exclusions, exemptions, look.caller.may(Permission.manage_calendars))


def exclusion_fields(look: Look, scope: Scope) -> Sequence[Field]:
    """The form of time that is left out."""
    bureaus = bureau_options(look, scope)
    where = (
        Field("bureau", N_("Schools below the bureau"), "choice", choices=bureaus),
        Field(
            "school",
            N_("or one school"),
            longest=32,
            hint=N_("Its code; leave it empty for the bureau's schools."),
        ),
    )
    return (
        *(where if bureaus else where[1:]),
        Field("begins_at", N_("From"), "datetime-local", needed=True, hint=N_("Beijing time.")),
        Field("ends_at", N_("Until"), "datetime-local", needed=True, hint=N_("Not included.")),
        Field(
            "reason",
            N_("Reason"),
            needed=True,
            longest=500,
            hint=N_("It stands on every report once somebody else has approved it."),
        ),
    )


def exemption_fields() -> Sequence[Field]:
    """The form of a school that is held against nothing."""
    return (
        Field("school_code", N_("School code"), needed=True, longest=32),
        Field("valid_from", N_("Valid from"), "date", needed=True),
        Field("valid_until", N_("Valid until"), "date", hint=N_("Empty: until further notice.")),
        Field(
            "reason",
            N_("Reason"),
            needed=True,
            longest=500,
            hint=N_("It stands on every report once somebody else has approved it."),
        ),
    )
