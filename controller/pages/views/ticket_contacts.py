"""Whom one calls about a ticket."""

from collections.abc import Sequence

from controller.auth.permissions import Permission
from controller.pages.look import Look
from inventory.models import StaffMember, StaffRole
from inventory.repositories.school_records import StaffRepository

#: Whom one asks at a school, the nearest to the device first.
_CONTACTS = (StaffRole.part_time_technician, StaffRole.network_administrator, StaffRole.leader)


def contacts(look: Look, codes: Sequence[str]) -> dict[str, StaffMember]:
    """Whom to call at each school: somebody in office with a number."""
    repository = StaffRepository(look.session, look.caller.scope(Permission.read))
    found: dict[str, StaffMember] = {}
    for member in repository.to_call(codes, _CONTACTS, look.today):
        known = found.get(member.school_code)
        if known is None or _CONTACTS.index(member.role) < _CONTACTS.index(known.role):
            found[member.school_code] = member
    return found
