"""Schools and months made up for figures of a bureau."""

from datetime import date
from typing import Any

from controller.compliance.district.counting import Bureau, Placed, Tree
from inventory.models import Level, SchoolForm, Setting, Stage
from inventory.verdicts.rows import KeptMonth, KeptSchool, SchoolFacts
from tests.inventory.verdicts.kept_rows import MONTH, verdict_row

BUREAUS = [
    Bureau("33", "/33/", Level.city, "市", "City"),
    Bureau("331", "/33/331/", Level.county, "甲县", "Jia"),
    Bureau("3311", "/33/331/3311/", Level.township, "镇", "Town"),
    Bureau("332", "/33/332/", Level.county, "乙县", "Yi"),
]
TREE = Tree(BUREAUS)


def facts(code: str, under: str = "/33/331/", **said: Any) -> SchoolFacts:
    fields: dict[str, Any] = {
        "stage": Stage.primary, "setting": Setting.urban, "form": SchoolForm.school
    }  # fmt: skip
    fields |= said
    return SchoolFacts(code, f"{under}{code}/", f"学校{code}", f"School {code}", **fields)


def kept(code: str, standing: str = "compliant", **said: Any) -> KeptSchool:
    row = verdict_row(code, standing, **said)
    return KeptSchool(**{name: row[name] for name in KeptSchool._fields})


def placed(school: SchoolFacts, standing: str = "compliant", **said: Any) -> Placed:
    return Placed(school, kept(school.code, standing, **said))


def month(code: str, standing: str = "compliant", on: date = MONTH, **said: Any) -> KeptMonth:
    row = verdict_row(code, standing, month=on, **said)
    return KeptMonth(**{name: row[name] for name in KeptMonth._fields})
