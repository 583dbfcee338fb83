"""Certificates and contracts that end soon, and the ratios of certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.pages.look import Look
from controller.pages.views.choices import PAGE_LENGTH, Shown
from controller.pages.views.lines import contracted
from controller.pages.views.names import bureau_names, school_name
from inventory.lines import Renewal, renewals
from inventory.models import StaffMember
from inventory.repositories import SchoolRepository
from inventory.schools.staff import (
    ADVANCED_TARGET,
    CERTIFIED_TARGET,
    TARGET_PLAN,
    CountyCertificates,
    county_certificates,
    expiring_certificates,
)


@dataclass(frozen=True, slots=True)
class RemindersView:
    """Everything on the page.

    Args:
        bureaus: names of bureaus by code.
        schools: names of the schools in the lists by code.
        contracted: rates of the lines in the list by id.
    """

    days: int
    counties: Sequence[CountyCertificates]
    certificates: Sequence[StaffMember]
    certificates_shown: Shown
    contracts: Sequence[Renewal]
    contracts_shown: Shown
    bureaus: Mapping[str, str]
    schools: Mapping[str, str]
    contracted: Mapping[str, str]
    certified_target: float = CERTIFIED_TARGET
    advanced_target: float = ADVANCED_TARGET
    plan: str = TARGET_PLAN


def reminders_view(
    look: Look, days: int, certificates_page: int, contracts_page: int
) -> RemindersView:
    """What the page shows: within the reader's scope, a page of either list."""
    session, scope = look.session, look.scope
    certificates = expiring_certificates(
        session,
        scope,
        look.today,
        days,
        offset=(certificates_page - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    contracts = renewals(
        session,
        scope,
        look.today,
        days,
        offset=(contracts_page - 1) * PAGE_LENGTH,
        limit=PAGE_LENGTH,
    )
    codes = {one.school_code for one in certificates.items}
    codes |= {one.line.school_code for one in contracts.items}
    schools = SchoolRepository(session, scope).named(sorted(codes))
    return RemindersView(
        days=days,
        counties=county_certificates(session, scope, look.today),
        certificates=certificates.items,
        certificates_shown=Shown(look, certificates_page, certificates.total, key="certificates"),
        contracts=contracts.items,
        contracts_shown=Shown(look, contracts_page, contracts.total, key="contracts"),
        bureaus=bureau_names(look),
        schools={school.code: school_name(look, school) for school in schools},
        contracted={one.line.id: contracted(one.line) for one in contracts.items},
    )
