"""Standards that hold in the city beside the plan of its access lines."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from controller.seed.bulk import BulkWriter
from controller.seed.chance import Ids
from controller.seed.places import City
from inventory.models import KeptStandard, SchoolForm, Setting, StandardBinding
from inventory.standards.documents import fingerprint, shipped, text_of

#: The national goals hold for schools that stand alone; for the rest the city's plan asks enough.
_NATIONAL: Final = "national"
#: The first county keeps a plan of its own for its urban schools.
_OF_COUNTY: Final = "liwan"
#: Targets of management, held by the city.
_OF_CITY: Final = "ningbo"


def write_further(
    writer: BulkWriter, city: City, ids: Ids, known: Mapping[str, str], by: str
) -> None:
    """Bind the national goals, a county's plan and the city's targets of management.

    Args:
        writer: gathers the rows.
        city: theirs.
        ids: where their ids come from.
        known: ids of standards that are kept already, by code.
        by: who has bound them.
    """
    begin = date(city.spec.begin.year, 1, 1)
    made_at = datetime(begin.year, 1, 1, tzinfo=UTC)
    for code, bureau, form, setting in (
        (_NATIONAL, city.bureau.code, SchoolForm.school, None),
        (_OF_COUNTY, city.counties[0].code, None, Setting.urban),
        (_OF_CITY, city.bureau.code, None, None),
    ):
        standard = shipped()[code]
        kept = known.get(code) or ids.new("st", city.spec.begin)
        if code not in known:
            writer.add(
                KeptStandard, id=kept, code=code, version=standard.version, title=standard.plan,
                shipped=True, document=text_of(standard), fingerprint=fingerprint(standard),
                made_at=made_at,
            )  # fmt: skip
        writer.add(
            StandardBinding, id=ids.new("sb", city.spec.begin), standard_id=kept,
            organisation_code=bureau, form=form, setting=setting, valid_from=begin,
            made_at=made_at, made_by=by,
        )  # fmt: skip
