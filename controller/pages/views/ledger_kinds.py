"""How people, yearly figures, lines and changes of a school are entered."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from controller.api.line_ledger import LinePatch
from controller.api.recognitions import RecognitionPatch
from controller.api.school_changes import SchoolChangeBody
from controller.api.school_figures import FiguresPatch
from controller.api.staff import StaffPatch
from controller.auth.permissions import Permission
from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.record_form import Field, choices_of
from controller.pages.views.record_kind import RecordKind, named, saved_by
from controller.words.coverage import CAMPUS_PROGRAMMES
from controller.words.terms import CERTIFICATE_LEVELS, MEDIA, SCHOOL_CHANGES, STAFF_ROLES
from inventory import lines
from inventory.days import day_of
from inventory.models import (
    CampusProgramme,
    Line,
    Recognition,
    SchoolChange,
    SchoolChangeKind,
    SchoolFigures,
    StaffMember,
    StaffRole,
)
from inventory.models.base import utc_now
from inventory.repositories import (
    DeviceRepository,
    LineRepository,
    SchoolChangeRepository,
    SchoolFiguresRepository,
    StaffRepository,
)
from inventory.repositories.recognitions import RecognitionRepository
from inventory.schools import changes, figures, recognitions, staff
from inventory.scope import Scope


def _staff_fields(look: Look, _school: str) -> Sequence[Field]:
    return (
        Field("name", N_("Name"), needed=True, longest=100),
        Field("role", N_("Role"), "choice", choices=choices_of(look, STAFF_ROLES)),
        Field("phone", N_("Phone"), longest=40),
        Field("certificate_name", N_("Certificate")),
        Field(
            "certificate_level",
            N_("Level"),
            "choice",
            choices=choices_of(look, CERTIFICATE_LEVELS, empty="—"),
        ),
        Field("certificate_number", N_("Certificate number"), longest=100),
        Field("certificate_expires_on", N_("Good until"), "date"),
        Field("starts_on", N_("First day in the role"), "date"),
        Field("ends_on", N_("Last day in the role"), "date"),
    )


def _figure_fields(_look: Look, _school: str) -> Sequence[Field]:
    return (
        Field(
            "school_year", N_("School year"), "number", needed=True,
            hint=N_("The year it begins in, such as 2026."),
        ),
        Field("students", N_("Students"), "number", needed=True),
        Field("teachers", N_("Teachers"), "number", needed=True),
        Field("classes", N_("Classes"), "number", needed=True),
        Field("source", N_("Source")),
        Field("taken_on", N_("Taken on"), "date", needed=True),
    )  # fmt: skip


def _recognition_fields(look: Look, _school: str) -> Sequence[Field]:
    return (
        Field(
            "programme", N_("Recognised as"), "choice", choices=choices_of(look, CAMPUS_PROGRAMMES)
        ),
        Field("level", N_("Level"), "number", hint=N_("1 to 5, where the programme has levels.")),
        Field("recognised_on", N_("Recognised on"), "date", needed=True),
        Field("ends_on", N_("Last day"), "date", hint=N_("When it is withdrawn or runs out.")),
        Field("document", N_("Notice"), longest=recognitions.LONGEST_DOCUMENT),
    )


def _line_fields(look: Look, school: str) -> Sequence[Field]:
    devices = DeviceRepository(look.session, look.scope).at_school(school)
    return (
        Field("provider", N_("Provider"), needed=True),
        Field("circuit", N_("Circuit")),
        Field("medium", N_("Medium"), "choice", choices=choices_of(look, MEDIA)),
        Field("down_mbps", N_("Contracted download in Mbit/s"), "number", True, step="0.001"),
        Field("up_mbps", N_("Contracted upload in Mbit/s"), "number", True, step="0.001"),
        Field("starts_on", N_("Contract begins"), "date"),
        Field("ends_on", N_("Contract ends"), "date"),
        Field("yearly_fee_cny", N_("Yearly fee in CNY"), "number", step="0.01"),
        Field("hotline", N_("Hotline")),
        Field(
            "device_id",
            N_("Arrives at"),
            "choice",
            choices=[("", "—"), *((device.id, device.name) for device in devices)],
        ),
        Field("port_name", N_("Port"), nullable=True, longest=255),
    )


def _change_fields(look: Look, _school: str) -> Sequence[Field]:
    return (
        Field("kind", N_("What becomes of it"), "choice", choices=choices_of(look, SCHOOL_CHANGES)),
        Field("takes_effect_on", N_("On"), "date", needed=True),
        Field(
            "successor_code", N_("School that goes on"), nullable=True, longest=32,
            hint=N_("Its code; of a merger only."),
        ),
        Field(
            "to_organisation_code", N_("New bureau"), nullable=True, longest=32,
            hint=N_("Its code; of a move only."),
        ),
        Field("reason", N_("Reason"), longest=500),
    )  # fmt: skip


def _decide(look: Look, scope: Scope, change: SchoolChange) -> SchoolChange:
    now = utc_now()
    change.decided_by = look.caller.id
    today = day_of(now)
    return changes.decide_change(look.session, scope, change, now, today)


def _new_line(school: str) -> Line:
    return Line(id="", school_code=school, provider="", down_mbps=Decimal(), up_mbps=Decimal())


def _new_member(school: str) -> StaffMember:
    return StaffMember(id="", school_code=school, role=StaffRole.leader, name="")


def _new_change(school: str) -> SchoolChange:
    return SchoolChange(
        id="", school_code=school, kind=SchoolChangeKind.close, takes_effect_on=date.max
    )


def _new_recognition(school: str) -> Recognition:
    return Recognition(
        id="", school_code=school, programme=CampusProgramme.digital_campus, recognised_on=date.min
    )


def _new_figures(school: str) -> SchoolFigures:
    return SchoolFigures(
        id="", school_code=school, school_year=0, students=0, teachers=0, classes=0,
        taken_on=date.min,
    )  # fmt: skip


def _remove_line(session: Session, scope: Scope, line: Line) -> None:
    LineRepository(session, scope).remove(line)


def _provider(_look: Look, row: Any) -> str:
    provider: str = row.provider
    return provider


def _school_year(_look: Look, row: Any) -> str:
    return f"{row.school_year}/{row.school_year + 1}"


def _recognised(look: Look, row: Any) -> str:
    return look.lang.gettext(CAMPUS_PROGRAMMES[row.programme])


def _step(look: Look, row: Any) -> str:
    return f"{look.lang.gettext(SCHOOL_CHANGES[row.kind])} {look.lang.day(row.takes_effect_on)}"


LEDGER_KINDS: Mapping[str, RecordKind] = {
    "staff": RecordKind(
        adds=N_("Name somebody"),
        page="ledger",
        permission=Permission.manage_places,
        body=StaffPatch,
        fields=_staff_fields,
        repository=StaffRepository,
        new=_new_member,
        save=saved_by(staff.save_staff),
        remove=staff.remove_staff,
        name=named,
    ),
    "figures": RecordKind(
        adds=N_("Add figures"),
        page="ledger",
        permission=Permission.manage_inventory,
        body=FiguresPatch,
        fields=_figure_fields,
        repository=SchoolFiguresRepository,
        new=_new_figures,
        save=saved_by(figures.save_figures),
        remove=figures.remove_figures,
        name=_school_year,
    ),
    "recognitions": RecordKind(
        adds=N_("Add a recognition"),
        page="ledger",
        permission=Permission.manage_inventory,
        body=RecognitionPatch,
        fields=_recognition_fields,
        repository=RecognitionRepository,
        new=_new_recognition,
        save=saved_by(recognitions.save_recognition),
        remove=recognitions.remove_recognition,
        name=_recognised,
    ),
    "lines": RecordKind(
        adds=N_("Add a line"),
        page="ledger",
        permission=Permission.manage_inventory,
        body=LinePatch,
        fields=_line_fields,
        repository=LineRepository,
        new=_new_line,
        save=saved_by(lines.save_line),
        remove=_remove_line,
        name=_provider,
    ),
    "changes": RecordKind(
        adds=N_("Close, merge or move"),
        page="ledger",
        permission=Permission.manage_inventory,
        body=SchoolChangeBody,
        fields=_change_fields,
        repository=SchoolChangeRepository,
        new=_new_change,
        save=_decide,
        remove=changes.take_back,
        name=_step,
    ),
}
