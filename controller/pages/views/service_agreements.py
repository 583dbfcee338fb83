"""Service agreements on pages: whose terms hold where, since when, and the form of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select

from alerts.models import ServiceAgreement
from alerts.sla.agreements import AgreementRepository, Agreements
from alerts.sla.terms import DEFAULT_TERMS, LONGEST, SHORTEST, ServiceTerms, Target, read_terms
from alerts.urgency import Impact, Priority, Urgency, WaitingFor
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.bureaus_known import KnownBureau, bureaus_known
from controller.pages.views.names import name_of, names_of_logins
from controller.pages.views.record_form import Field
from controller.pages.views.typed import Typed
from controller.words.terms import word
from inventory.errors import Invalid, NotFound
from inventory.models import School
from inventory.scope import Scope

RESPONSE, RESOLUTION = N_("Answer within (minutes)"), N_("Repair within (minutes)")
_HOUR = 60
#: Schools that are named on the page of one agreement.
_MOST_SCHOOLS = 100
_YES, _NO = "yes", "no"


class RepairTooShort(Invalid):
    """A repair that is promised before the answer."""

    code = "repair_too_short"
    message = N_("“{label}” must not be shorter than the {first} minutes until the answer.")


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """What holds below one bureau.

    Args:
        source: whose terms they are: the name of a bureau; empty for those shipped.
        own: the bureau has said so itself.
        schools: how many of the schools one sees they hold for.
    """

    code: str
    name: str
    terms: ServiceTerms
    source: str
    own: bool
    entered_by: str
    entered_at: datetime | None
    schools: int
    #: Bureaus whose schools have these terms: this one, and those below it without terms.
    bureaus: Sequence[str]
    may_change: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version; ``terms`` is none where the bureau left it to the one above."""

    number: int
    entered_by: str
    entered_at: datetime
    terms: ServiceTerms | None


@dataclass(frozen=True, slots=True)
class AgreementView:
    """Everything on the page of one agreement."""

    row: AgreementRow
    schools: Sequence[tuple[str, str]]
    versions: Sequence[VersionRow]
    impacts: Sequence[Impact] = tuple(Impact)
    urgencies: Sequence[Urgency] = tuple(Urgency)


def agreement_list(look: Look) -> Sequence[AgreementRow]:
    """What holds below each bureau one sees, and below the nearest one above one's schools.

    Raises:
        PermissionDenied: this person reads no tickets.
    """
    look.caller.require(Permission.read_tickets)
    known = bureaus_known(look)
    rows = _rows(look, known)
    return sorted(rows, key=lambda one: known[one.code].path)


def agreement_view(look: Look, code: str) -> AgreementView:
    """One agreement, its schools and its versions.

    Raises:
        NotFound: no such bureau that one may know of.
        PermissionDenied: this person reads no tickets.
    """
    look.caller.require(Permission.read_tickets)
    known = bureaus_known(look)
    if code not in known:
        raise NotFound(what="organisation", key=code)
    row = next(one for one in _rows(look, known) if one.code == code)
    schools = look.session.exec(
        select(School)
        .where(
            col(School.organisation_code).in_(row.bureaus), look.scope.condition(col(School.path))
        )
        .order_by(col(School.code))
        .limit(_MOST_SCHOOLS)
    )
    versions = AgreementRepository(look.session, Scope.everything()).versions(code)
    people = names_of_logins(look, [one.entered_by for one in versions])
    return AgreementView(
        row=row,
        schools=[(one.code, name_of(look, one.name, one.name_en)) for one in schools],
        versions=[
            VersionRow(
                one.number,
                people.get(one.entered_by, ""),
                one.entered_at,
                read_terms(one.terms) if one.terms else None,
            )
            for one in versions
        ],
    )


def hours_told(look: Look, minutes: int) -> str:
    """Minutes of school hours as people say them."""
    translate = look.lang.gettext
    if minutes < _HOUR:
        return translate(N_("{minutes} min")).format(minutes=minutes)
    if minutes % _HOUR:
        told = translate(N_("{hours} h {minutes} min"))
        return told.format(hours=minutes // _HOUR, minutes=minutes % _HOUR)
    return translate(N_("{hours} h")).format(hours=minutes // _HOUR)


def agreement_fields(look: Look) -> Sequence[Field]:
    """The form of an agreement: times, priorities, what pauses the clock, giving out."""
    translate = look.lang.gettext
    priorities = [(one.value, translate(word(one))) for one in Priority]
    fields = []
    for priority in Priority:
        for name, label in (("response", RESPONSE), ("resolution", RESOLUTION)):
            fields.append(
                Field(
                    f"{priority.value}_{name}",
                    label,
                    kind="number",
                    needed=True,
                    read=_time(priority, name),
                    heading=translate(word(priority)) if name == "response" else "",
                )
            )
    for impact in Impact:
        for urgency in Urgency:
            heading = translate(N_("Priority: {impact}")).format(impact=translate(word(impact)))
            fields.append(
                Field(
                    f"{impact.value}_{urgency.value}",
                    word(urgency),
                    kind="choice",
                    choices=priorities,
                    read=_priority(impact, urgency),
                    heading=heading if urgency is Urgency.low else "",
                )
            )
    pausing = [one for one in WaitingFor if one is not WaitingFor.other]
    fields += [
        Field(
            "pausing",
            N_("The clock of the repair stands while it is"),
            kind="checks",
            choices=[(one.value, translate(word(one))) for one in pausing],
            read=lambda row: " ".join(sorted(read_terms(row.terms).pausing)),
        ),
        Field(
            "automatic",
            N_("Give new tickets out, and hand late ones on, by itself"),
            kind="choice",
            choices=[(_NO, translate(N_("No"))), (_YES, translate(N_("Yes")))],
            read=lambda row: _YES if read_terms(row.terms).automatic else _NO,
        ),
    ]
    return fields


def values_of(terms: ServiceTerms) -> Mapping[str, str]:
    """What the form says of terms."""
    times = {
        f"{priority.value}_{name}": str(getattr(target, name))
        for priority, target in terms.targets.items()
        for name in Target._fields
    }
    matrix = {f"{i.value}_{u.value}": terms.matrix[i, u].value for i in Impact for u in Urgency}
    return {
        **times,
        **matrix,
        "pausing": " ".join(sorted(terms.pausing)),
        "automatic": _YES if terms.automatic else _NO,
    }


def terms_of(look: Look, said: Mapping[str, str]) -> ServiceTerms:
    """The terms that were typed.

    Raises:
        Invalid: with the field that is wrong.
    """
    typed, translate = Typed(look, said), look.lang.gettext
    targets = {}
    for priority in Priority:
        name = translate(word(priority))
        first = typed.whole(
            f"{priority.value}_response", f"{name}: {translate(RESPONSE)}", SHORTEST, LONGEST
        )
        last = typed.whole(
            f"{priority.value}_resolution", f"{name}: {translate(RESOLUTION)}", SHORTEST, LONGEST
        )
        if last < first:
            raise RepairTooShort(label=f"{name}: {translate(RESOLUTION)}", first=first)
        targets[priority] = Target(first, last)
    chosen = said.get("pausing", "").split()
    return ServiceTerms(
        matrix={
            (i, u): _chosen(said.get(f"{i.value}_{u.value}", ""), DEFAULT_TERMS.matrix[i, u])
            for i in Impact
            for u in Urgency
        },
        targets=targets,
        pausing=frozenset(WaitingFor(one) for one in chosen),
        automatic=said.get("automatic") == _YES,
    )


def _chosen(text: str, otherwise: Priority) -> Priority:
    return Priority(text) if text in set(Priority) else otherwise


def _time(priority: Priority, name: str) -> Callable[[Any], str]:
    return lambda row: str(getattr(read_terms(row.terms).targets[priority], name))


def _priority(impact: Impact, urgency: Urgency) -> Callable[[Any], str]:
    return lambda row: read_terms(row.terms).matrix[impact, urgency].value


def _rows(look: Look, known: Mapping[str, KnownBureau]) -> Sequence[AgreementRow]:
    below = {code: f"{one.path}-/" for code, one in known.items()}
    agreements = Agreements(look.session, below.values())
    own = {
        row.organisation_code: row
        for row in look.session.exec(
            select(ServiceAgreement).where(
                col(ServiceAgreement.organisation_code).in_(sorted(known))
            )
        )
    }
    people = names_of_logins(look, [row.entered_by for row in own.values()])
    counted = look.session.exec(
        select(School.organisation_code, func.count())
        .where(look.scope.condition(col(School.path)))
        .group_by(col(School.organisation_code))
    )
    schools = dict(counted.all())
    sources = {code: _source(one.path, own) for code, one in known.items()}
    rows = []
    for code, bureau in known.items():
        source = sources[code]
        row = own.get(source)
        same = [
            one
            for one, other in known.items()
            if other.path.startswith(bureau.path) and sources[one] == source
        ]
        rows.append(
            AgreementRow(
                code=code,
                name=bureau.name,
                terms=agreements.of(below[code]),
                source=known[source].name if source else "",
                own=source == code,
                entered_by=people.get(row.entered_by, "") if row else "",
                entered_at=row.entered_at if row else None,
                schools=sum(schools.get(one, 0) for one in same),
                bureaus=same,
                may_change=look.caller.may(Permission.assign_tickets, bureau.path),
            )
        )
    return rows


def _source(path: str, own: Mapping[str, ServiceAgreement]) -> str:
    """The nearest bureau, from a path upwards, that has terms of its own; empty for none."""
    return next((one for one in reversed(path.strip("/").split("/")) if one in own), "")
