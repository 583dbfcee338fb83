"""Standards that hold for one school: by whose word, since when, and which could be applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from controller.auth.permissions import Permission
from controller.pages.look import Look
from controller.pages.views.bureaus_known import bureaus_known
from controller.pages.views.target_standards import BindingRow, binding_rows, title_of
from inventory.models import School
from inventory.standards.bound import binds, kind_of
from inventory.standards.keeping import known_standards


@dataclass(frozen=True, slots=True)
class SchoolStandards:
    """What holds, and what may be applied.

    Args:
        rows: bindings that hold for the school on the day, with the standard's title.
        offered: code and title of standards that may be applied to the school by itself.
    """

    rows: Sequence[tuple[str, BindingRow]]
    offered: Sequence[tuple[str, str]]


def school_standards(look: Look, school: School, on: date) -> SchoolStandards:
    """What the school's page shows."""
    known = known_standards(look.session, look.scope)
    titles = {(one.standard.code, one.standard.version): title_of(look.lang, one) for one in known}
    kind = kind_of(school)
    rows = [
        (titles[row.standard, row.version], row)
        for row in binding_rows(look, known, bureaus_known(look))
        if binds(row.binding, kind, on)
    ]
    own = {row.standard for _, row in rows if row.binding.school_code}
    newest = {one.standard.code: one for one in known}
    may = look.caller.may(Permission.manage_inventory, school.path)
    offered = [
        (code, title_of(look.lang, one)) for code, one in newest.items() if may and code not in own
    ]
    return SchoolStandards(rows, offered)
