"""Bureaus and schools of the city: which, where, how large, and what is wrong with them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import cycle
from typing import Final

from controller.seed.cases import Candidate, Case, cases_of
from controller.seed.chance import chance
from controller.seed.moulds import SIZES, TOWNSHIPS, Mould
from controller.seed.names import ROADS, ordinal, place_names, virtues
from controller.seed.options import CitySpec
from inventory.models import Level, SchoolForm, Setting, Stage

_COUNTY_SCHOOLS: Final = 180
_TOWNSHIP_SCHOOLS: Final = 10
_FEW_SCHOOLS: Final = 30


class Fate(StrEnum):
    """What is wrong with a school's network, if anything."""

    healthy = "healthy"
    #: The line carries far less than the contract says.
    slow_line = "slow_line"
    #: The line is full whenever lessons are given.
    overloaded_line = "overloaded_line"
    #: The line comes and goes.
    flapping_line = "flapping_line"
    dead_access_points = "dead_access_points"
    silent_agent = "silent_agent"


@dataclass(frozen=True, slots=True)
class Bureau:
    """A city, county or township."""

    code: str
    name: str
    name_en: str
    level: Level
    parent: str | None
    path: str


@dataclass(frozen=True, slots=True)
class SeedSchool:
    """One school.

    Args:
        rank: counts schools of the city from 0.
        county: code of its county.
        lead: code of the school whose box serves it, if it has none.
        boards: pupils live there, so evenings are busy.
        case: what the bandwidth verdict meets there.
    """

    rank: int
    code: str
    name: str
    name_en: str
    organisation: str
    county: str
    path: str
    stage: Stage
    setting: Setting
    form: SchoolForm
    lead: str | None
    address: str
    classes: int
    students: int
    teachers: int
    boards: bool
    is_public: bool
    fate: Fate
    case: Case = Case.ordinary


#: Of forty schools; the first ones are mixed so that a small city has some of everything.
_FATES: Final = (
    Fate.healthy, Fate.healthy, Fate.slow_line, Fate.healthy, Fate.dead_access_points,
    Fate.healthy, Fate.overloaded_line, Fate.healthy, Fate.flapping_line, Fate.silent_agent,
    *(Fate.healthy,) * 28, Fate.overloaded_line, Fate.slow_line,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Site:
    """A township to be: county, the county's name, its number there, rank of its first school."""

    county: Bureau
    name: str
    name_en: str
    number: int
    rank: int


class City:
    """Bureaus and schools, made anew each time they are asked for."""

    def __init__(self, spec: CitySpec) -> None:
        self.spec = spec
        self._names = place_names(chance(spec.seed, "places"))
        name, reading = next(self._names)
        code = spec.city_code
        self.bureau = Bureau(
            code, f"{name}市教育局", f"{reading} City", Level.city, None, f"/{code}/"
        )
        self.counties: list[Bureau] = []
        self.townships: list[Bureau] = []
        schools = list(self._schools())
        candidates = [
            Candidate(one.rank, one.setting, one.fate is not Fate.healthy) for one in schools
        ]
        cases = cases_of(spec.seed, candidates)
        self.schools: list[SeedSchool] = [
            replace(one, case=cases.get(one.rank, Case.ordinary)) for one in schools
        ]

    def _schools(self) -> Iterator[SeedSchool]:
        left, rank = self.spec.schools, 0
        count = -(-left // _COUNTY_SCHOOLS)
        for number in range(count):
            share = left // (count - number)
            left -= share
            for school in self._county(number + 1, share, rank):
                rank += 1
                yield school

    def _county(self, number: int, schools: int, rank: int) -> Iterator[SeedSchool]:
        name, reading = next(self._names)
        code = f"{self.spec.city_code}{number:02d}"
        is_district = number == 1
        county = Bureau(
            code, f"{name}{'区' if is_district else '县'}教育局",
            f"{reading} {'District' if is_district else 'County'}",
            Level.county, self.bureau.code, f"{self.bureau.path}{code}/",
        )  # fmt: skip
        self.counties.append(county)
        size = _TOWNSHIP_SCHOOLS if schools >= _FEW_SCHOOLS else max(2, schools // 3)
        dice = chance(self.spec.seed, "county", number)
        begun = 0
        for place, sort in enumerate(cycle(TOWNSHIPS), 1):
            if begun >= schools:
                return
            site = _Site(county, name, reading, place, rank + begun)
            yield from self._township(site, sort, min(size, schools - begun), dice)
            begun += min(size, schools - begun)

    def _township(
        self,
        site: _Site,
        sort: tuple[str, str, Setting, Sequence[Mould]],
        schools: int,
        dice: random.Random,
    ) -> Iterator[SeedSchool]:
        word, word_en, setting, moulds = sort
        name, reading = next(self._names)
        code = f"{site.county.code}{site.number:03d}"
        township = Bureau(
            code, f"{name}{word}教育办公室", f"{reading}{word_en}", Level.township,
            site.county.code, f"{site.county.path}{code}/",
        )  # fmt: skip
        self.townships.append(township)
        praise = virtues(dice)
        lead: str | None = None
        for place, mould in zip(range(schools), cycle(moulds)):
            village, village_en = next(self._names)
            virtue, virtue_en = praise[place % len(praise)]
            words = {
                "place": name, "place_en": reading, "village": village, "village_en": village_en,
                "virtue": name + virtue, "virtue_en": f"{reading} {virtue_en}",
                "county": site.name, "county_en": site.name_en,
            }  # fmt: skip
            above = {Level.city: self.bureau, Level.county: site.county}.get(mould.above, township)
            school = self._school(site, mould, words, above, setting, rank=site.rank + place,
                                  lead=lead, dice=dice)  # fmt: skip
            lead = lead or (school.code if mould.form is SchoolForm.central_school else None)
            yield school

    def _school(
        self,
        site: _Site,
        mould: Mould,
        words: dict[str, str],
        above: Bureau,
        setting: Setting,
        *,
        rank: int,
        lead: str | None,
        dice: random.Random,
    ) -> SeedSchool:
        county = site.county
        # Ten digits; the few beyond ten thousand have a letter behind them.
        code = f"{county.code}{rank % 10_000:04d}" + ("" if rank < 10_000 else "A")  # noqa: PLR2004
        classes = dice.randint(*mould.classes)
        low, high, teachers = SIZES[mould.stage]
        is_led = mould.form in (SchoolForm.teaching_point, SchoolForm.village_school)
        street = f"{dice.choice(ROADS)}{dice.randint(1, 288)}号"
        where = f"{words['place']}{words['village']}村" if is_led else street
        nth = -(-site.number // len(TOWNSHIPS))
        return SeedSchool(
            rank=rank,
            code=code,
            name=mould.name.format(n=ordinal(nth), **words),
            name_en=mould.name_en.format(n=nth, **words),
            organisation=above.code,
            county=county.code,
            path=f"{above.path}{code}/",
            stage=mould.stage,
            setting=setting,
            form=mould.form,
            lead=lead if mould.form is SchoolForm.teaching_point else None,
            address=county.name.removesuffix("教育局") + where,
            classes=classes,
            students=sum(dice.randint(low, high) for _ in range(classes)),
            teachers=max(2, round(classes * teachers * dice.uniform(0.9, 1.15))),
            boards=mould.boards,
            is_public=not mould.is_private,
            fate=self._fate(rank),
        )

    def _fate(self, rank: int) -> Fate:
        block, place = divmod(rank, len(_FATES))
        if block == 0:
            return _FATES[place]
        fates = list(_FATES)
        chance(self.spec.seed, "fates", block).shuffle(fates)
        return fates[place]
