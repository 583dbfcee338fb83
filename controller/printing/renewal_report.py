"""The proposal of a refresh plan as PDF: cover, figures, budget lines, reasons, signatures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlmodel import Session

from controller.language import N_, Language
from controller.printing.typesetting import typeset
from controller.renewal import Answer, PlannedDevice, devices_at, pressing, told
from controller.words.terms import word
from inventory.repositories.organisations import OrganisationRepository
from inventory.scope import Scope

#: Devices that are listed with their reasons; the XLSX has the others.
MOST_LISTED = 500
#: Kinds whose columns fit on an upright page.
_NARROW = 6
_TEMPLATE = Path(__file__).with_name("renewal_proposal.typ")
_WORDS = {
    "demand": N_("Due by year and kind"),
    "plan": N_("What the budget replaces"),
    "by_kind": N_("What is replaced, by year and kind"),
    "lines": N_("Budget lines"),
    "devices": N_("The most pressing devices"),
    "nothing": N_("Nothing is due"),
    "stamp": N_("Signature and seal"),
    "date": N_("Date"),
}
_SIGNED = (N_("Proposed by"), N_("Reviewed by"), N_("Approved by"))
_PLAN_HEAD = (
    N_("Year"),
    N_("Budget (yuan)"),
    N_("Planned (yuan)"),
    N_("Devices replaced"),
    N_("Devices waiting"),
    N_("Waiting (yuan)"),
)
_DEVICE_HEAD = (
    N_("Year"),
    N_("School"),
    N_("Device"),
    N_("Score"),
    N_("Reasons"),
    N_("Cost (yuan)"),
)


def proposal_pdf(
    session: Session, scope: Scope, made: Answer, lang: Language, now: datetime
) -> bytes:
    """The proposal of an answer in the reader's language.

    Raises:
        FontMissing: Chinese cannot be written.
    """
    say = lang.gettext
    places = pressing(made)
    listed = devices_at(session, scope, made, places[:MOST_LISTED])
    years = made.forecast.years
    plan = made.plan
    return typeset(
        _TEMPLATE,
        {
            "lang": "zh" if lang.code == "zh_CN" else "en",
            "words": {name: say(text) for name, text in _WORDS.items()},
            "pages": say(N_("Page {number} of {all}")),
            "title": say(N_("Renewal proposal")),
            "place": _place(session, scope, made, lang),
            "span": f"{years[0]} – {years[-1]}",
            "day": lang.day(made.today),
            "printed": lang.moment(now),
            "wide": len(made.fleet.kinds) > _NARROW,
            "facts": _facts(made, lang),
            "demand": _demand(made, lang),
            "plan": None if plan is None else _plan(made, lang),
            "by_kind": None if plan is None else _by_kind(made, lang),
            "lines": None if plan is None else _lines(made, lang),
            "devices": {
                "head": [say(text) for text in _DEVICE_HEAD],
                "rows": [_device(one, lang) for one in listed],
            },
            "remarks": _remarks(made, len(places), lang),
            "signatures": [say(text) for text in _SIGNED],
        },
    )


def _yuan(value: Decimal) -> str:
    return f"{value:,.2f}"


def _place(session: Session, scope: Scope, made: Answer, lang: Language) -> str:
    if not made.question.organisation:
        return ""
    bureau = OrganisationRepository(session, scope).get(made.question.organisation)
    if bureau is None:
        return ""
    return bureau.name_en if lang.code == "en" and bureau.name_en else bureau.name


def _facts(made: Answer, lang: Language) -> Sequence[tuple[str, str]]:
    question = made.question
    total = [cell for row in made.forecast.cells for cell in row]
    facts = [
        (N_("Devices planned for"), lang.number(len(made.fleet))),
        (N_("Past the end of life"), lang.number(made.figures.life.past)),
        (N_("Due in these years"), lang.number(sum(cell.devices for cell in total))),
        (N_("Needed (yuan)"), _yuan(sum((cell.cost_cny for cell in total), Decimal(0)))),
    ]
    if question.budget is not None:
        facts.append((N_("Budget of a year (yuan)"), _yuan(question.budget)))
    if question.life_months is not None:
        facts.append((N_("What if replaced after (years)"), f"{question.life_months / 12:g}"))
    facts += [
        (lang.gettext(word(kind)), lang.gettext(N_("{months} months")).format(months=months))
        for kind, months in question.by_kind
    ]
    if question.weak_first:
        facts.append((N_("Weak schools first"), lang.gettext(N_("Yes"))))
    if not question.heed_support:
        facts.append((N_("What loses its support can wait"), lang.gettext(N_("Yes"))))
    return [(lang.gettext(label), text) for label, text in facts]


def _demand(made: Answer, lang: Language) -> Mapping[str, Any]:
    kinds = [lang.gettext(word(kind)) for kind in made.forecast.kinds]
    together = zip(made.forecast.years, made.forecast.cells, made.forecast.of_years, strict=True)
    return {
        "head": [lang.gettext(N_("Year")), *kinds, lang.gettext(N_("Together"))],
        "rows": [
            [
                str(year),
                *(
                    f"{lang.number(cell.devices)}\n{_yuan(cell.cost_cny)}" if cell.devices else "—"
                    for cell in (*cells, total)
                ),
            ]
            for year, cells, total in together
        ],
    }


def _plan(made: Answer, lang: Language) -> Mapping[str, Any]:
    years = () if made.plan is None else made.plan.years
    return {
        "head": [lang.gettext(text) for text in _PLAN_HEAD],
        "rows": [
            [
                str(one.year),
                _yuan(one.budget_cny),
                _yuan(one.spent_cny),
                lang.number(one.devices),
                lang.number(one.waiting),
                _yuan(one.waiting_cny),
            ]
            for one in years
        ],
    }


def _by_kind(made: Answer, lang: Language) -> Mapping[str, Any]:
    rows = () if made.plan is None else made.plan.by_kind
    head = (N_("Year"), N_("Kind"), N_("Devices"), N_("Cost (yuan)"))
    return {
        "head": [lang.gettext(text) for text in head],
        "rows": [
            [
                str(one.year),
                lang.gettext(word(one.kind)),
                lang.number(one.devices),
                _yuan(one.cost_cny),
            ]
            for one in rows
        ],
    }


def _lines(made: Answer, lang: Language) -> Mapping[str, Any]:
    years = () if made.plan is None else made.plan.years
    head = (N_("Year"), N_("Category"), N_("Amount (yuan)"))
    renew = lang.gettext(N_("Renew"))
    rows = [[str(one.year), renew, _yuan(one.spent_cny)] for one in years]
    total = sum((one.spent_cny for one in years), Decimal(0))
    return {
        "head": [lang.gettext(text) for text in head],
        "rows": [*rows, [lang.gettext(N_("Together")), "", _yuan(total)]],
    }


def _device(one: PlannedDevice, lang: Language) -> Sequence[str]:
    kind = lang.gettext(word(one.device.kind))
    why = [f"{told(reason, lang)} ({reason.points:+d})" for reason in one.reasons]
    cost = "—" if one.cost_cny is None else _yuan(one.cost_cny)
    if one.is_estimated:
        cost += "\n" + lang.gettext(N_("median of its kind"))
    return (
        str(one.year or one.due),
        one.school.name_en if lang.code == "en" and one.school.name_en else one.school.name,
        f"{one.device.name}\n{kind} {one.device.model or ''} {one.device.asset_number or ''}",
        str(one.score),
        "\n".join(why),
        cost,
    )


def _remarks(made: Answer, total: int, lang: Language) -> Sequence[str]:
    """What the figures leave out."""
    found = []
    if total > MOST_LISTED:
        text = N_("The first {listed} of {total} devices are listed; the XLSX has the others.")
        found.append(lang.gettext(text).format(listed=MOST_LISTED, total=lang.number(total)))
    if made.forecast.unknown:
        text = N_("Not in the forecast, for want of a date of purchase: {count} devices.")
        found.append(lang.gettext(text).format(count=lang.number(made.forecast.unknown)))
    if made.plan is not None and made.plan.without_price:
        text = N_("Not in the plan, for want of a price: {count} devices.")
        found.append(lang.gettext(text).format(count=lang.number(made.plan.without_price)))
    if made.forecast.estimated:
        text = N_("Estimated by the median of their kind: {count} costs.")
        found.append(lang.gettext(text).format(count=lang.number(made.forecast.estimated)))
    return found
