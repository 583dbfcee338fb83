"""Which schools a township has: their names, stages and sizes."""

from dataclasses import dataclass
from typing import Final

from inventory.models import Level, SchoolForm, Setting, Stage


@dataclass(frozen=True, slots=True)
class Mould:
    """What schools of one sort have in common.

    Args:
        name: with ``{place}`` of the township, ``{village}``, ``{virtue}``, ``{n}``.
        above: the level of the bureau it belongs to.
    """

    name: str
    name_en: str
    stage: Stage
    classes: tuple[int, int]
    form: SchoolForm = SchoolForm.school
    above: Level = Level.township
    boards: bool = False
    is_private: bool = False


_URBAN: Final = (
    Mould("{virtue}学校", "{virtue_en} School", Stage.nine_year, (36, 60)),
    Mould(
        "{county}第{n}中学", "{county_en} No. {n} Senior High School", Stage.senior_secondary,
        (36, 66), above=Level.county, boards=True,
    ),
    Mould("{virtue}小学", "{virtue_en} Primary School", Stage.primary, (24, 48)),
    Mould("{virtue}幼儿园", "{virtue_en} Kindergarten", Stage.kindergarten, (9, 15)),
    Mould("{virtue}初级中学", "{virtue_en} Junior High School", Stage.junior_secondary, (24, 45)),
    Mould("{virtue}小学", "{virtue_en} Primary School", Stage.primary, (18, 36)),
    Mould("{virtue}幼儿园", "{virtue_en} Kindergarten", Stage.kindergarten, (6, 12),
           is_private=True),
    Mould("{county}第{n}职业技术学校", "{county_en} No. {n} Vocational School",
           Stage.vocational, (30, 54), above=Level.city, boards=True),
    Mould("{virtue}小学", "{virtue_en} Primary School", Stage.primary, (12, 30)),
    Mould("{county}第{n}特殊教育学校", "{county_en} No. {n} Special School",
           Stage.special, (9, 15), above=Level.county),
)  # fmt: skip
_TOWN: Final = (
    Mould("{place}镇中心小学", "{place_en} Central Primary School", Stage.primary, (12, 30),
           SchoolForm.central_school),
    Mould("{place}镇初级中学", "{place_en} Junior High School", Stage.junior_secondary, (12, 27),
           boards=True),
    Mould("{village}教学点", "{village_en} Teaching Point", Stage.primary, (2, 4),
           SchoolForm.teaching_point),
    Mould("{place}镇中心幼儿园", "{place_en} Central Kindergarten", Stage.kindergarten, (6, 12)),
    Mould("{village}小学", "{village_en} Village Primary School", Stage.primary, (6, 12),
           SchoolForm.village_school),
    Mould("{place}镇第二小学", "{place_en} No. 2 Primary School", Stage.primary, (12, 24)),
    Mould("{village}幼儿园", "{village_en} Kindergarten", Stage.kindergarten, (3, 6),
           is_private=True),
    Mould("{village}小学", "{village_en} Village Primary School", Stage.primary, (6, 9),
           SchoolForm.village_school),
    Mould("{place}中学", "{place_en} High School", Stage.senior_secondary, (24, 45),
           above=Level.county, boards=True),
    Mould("{village}教学点", "{village_en} Teaching Point", Stage.primary, (2, 4),
           SchoolForm.teaching_point),
)  # fmt: skip
_RURAL: Final = (
    Mould("{place}乡中心小学", "{place_en} Central Primary School", Stage.primary, (8, 18),
           SchoolForm.central_school),
    Mould("{village}教学点", "{village_en} Teaching Point", Stage.primary, (1, 4),
           SchoolForm.teaching_point),
    Mould("{village}小学", "{village_en} Village Primary School", Stage.primary, (6, 9),
           SchoolForm.village_school),
    Mould("{place}九年一贯制学校", "{place_en} Nine-year School", Stage.nine_year, (12, 27),
           boards=True),
    Mould("{village}教学点", "{village_en} Teaching Point", Stage.primary, (1, 3),
           SchoolForm.teaching_point),
    Mould("{place}乡中心幼儿园", "{place_en} Central Kindergarten", Stage.kindergarten, (3, 9)),
    Mould("{village}小学", "{village_en} Village Primary School", Stage.primary, (6, 8),
           SchoolForm.village_school),
    Mould("{village}教学点", "{village_en} Teaching Point", Stage.primary, (1, 3),
           SchoolForm.teaching_point),
    Mould("{village}幼儿园", "{village_en} Kindergarten", Stage.kindergarten, (2, 4),
           is_private=True),
    Mould("{village}小学", "{village_en} Village Primary School", Stage.primary, (6, 8),
           SchoolForm.village_school),
)  # fmt: skip
#: A township's sort: what it is called, where its schools stand, which schools it has.
TOWNSHIPS: Final = (
    ("街道", " Subdistrict", Setting.urban, _URBAN),
    ("镇", " Town", Setting.town, _TOWN),
    ("乡", " Township", Setting.rural, _RURAL),
    ("镇", " Town", Setting.town, _TOWN),
)
#: Pupils of a class, and teachers for it, by stage.
SIZES: Final = {
    Stage.kindergarten: (24, 34, 2.2),
    Stage.primary: (32, 46, 2.1),
    Stage.junior_secondary: (38, 50, 3.1),
    Stage.nine_year: (34, 48, 2.5),
    Stage.senior_secondary: (42, 54, 3.6),
    Stage.vocational: (36, 50, 3.0),
    Stage.special: (7, 12, 3.0),
}
