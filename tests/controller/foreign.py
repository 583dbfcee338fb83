"""Two counties of which one has a row of every kind, and requests that fit what a route takes."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import zstandard
from msgspec.structs import replace
from pydantic import TypeAdapter
from sqlmodel import Session, SQLModel

from alerts.models import (
    Alert,
    AlertRule,
    AlertRuleVersion,
    MaintenanceWindow,
    RuleTrial,
    Silence,
    Ticket,
)
from alerts.notify.models import NotifyChannel
from alerts.work.models import SparePart, TicketItem
from controller.auth.tokens import new_token, token_hash
from inventory.assets.attachments import FileFolder
from inventory.models import (
    AgentCommand,
    ApiToken,
    Attachment,
    BudgetEntry,
    CommandAttachment,
    ConfigurationText,
    DeviceConfiguration,
    DeviceTransfer,
    Disposal,
    DisposalItem,
    EquipmentRequest,
    ExportRun,
    Fund,
    FundEntry,
    Grant,
    ImportUpload,
    KeptStandard,
    MeasurementExclusion,
    Outlet,
    PerPupilRule,
    ProcurementEntry,
    ProcurementProject,
    Programme,
    ProgrammeCategory,
    ProgrammeParty,
    ProjectStage,
    PurchaseOrder,
    QuarantinedBatch,
    QuarantinedBody,
    ReconciliationItem,
    ReimbursementClaim,
    ReportDelivery,
    Role,
    SchoolExemption,
    SpeedtestServer,
    StandardBinding,
    StockCampaign,
    StockResult,
    StockRoom,
    TransferItem,
    User,
)
from inventory.models.procurement_order import Delivery, OrderLine, ReceivedItem
from inventory.models.procurement_project import ProjectLine, ProjectStageRow
from inventory.standards.documents import shipped, text_of
from tests.controller.foreign_editions import add_edition
from tests.inventory.city import NOW, A, B, add_city, add_county

ENTRY = 900_001


def made(model: type[SQLModel], **said: Any) -> Any:
    """A row with what was said, and with something that fits in every other column it needs."""
    row: Any = model(**said)
    for column in model.__table__.columns:  # type: ignore[attr-defined]
        left_out = getattr(row, column.key, None) is None and column.key not in said
        if left_out and not column.nullable and column.server_default is None:
            setattr(row, column.key, _something(model, column.key))
    return row


_SOMETHING: Mapping[type, Any] = {
    int: 1,
    Decimal: Decimal(1),
    date: NOW.date(),
    datetime: NOW,
    bool: False,
    bytes: b"x",
    float: 1.0,
}


def _something(model: type[SQLModel], name: str) -> Any:
    kind: Any = model.model_fields[name].annotation
    if issubclass(kind, Enum):
        return next(iter(kind))
    return name[:10] if kind is str else _SOMETHING[kind]


def add_counties(session: Session, folder: FileFolder) -> dict[str, str]:
    """County A with a row of every kind and county B; tokens of who may do everything in each.

    ``folder``: where the file of county A goes.
    """
    add_city(session)
    for county in (A, B):
        add_county(session, county)
    _rows_of_ours(session, folder.write(b"%PDF-1.7"))
    add_edition(session, folder.write(b"%PDF-1.7"))
    tokens = {}
    for county in (A, B):
        login = f"all-{county.mark}"
        session.add(User(id=login, login=login, name=login, password_hash="-"))
        session.flush()
        # Every permission there is, so that nothing but the place can be what is refused.
        session.add(Grant(user_id=login, role=Role.admin, scope_path=county.path))
        tokens[county.mark] = new_token("fleet_")
        session.add(
            ApiToken(token_hash=token_hash(tokens[county.mark]), user_id=login, name="test")
        )
    session.flush()
    return tokens


def _rows_of_ours(session: Session, stored_as: str) -> None:
    here = {"school_code": A.school}
    us, who = {"organisation_code": A.code}, {"created_by": A.row("u")}
    waves: list[list[SQLModel]] = [
        [
            made(Ticket, id="t-A", **here),
            made(Alert, id="al-A", subject=A.row("d"), device_id=A.row("d"), **here),
            made(Attachment, id="at-A", owner_table="device", owner_id=A.row("d"),
                 stored_as=stored_as, media_type="application/pdf", name="a.pdf", **here),
            made(Attachment, id="aq-A", owner_table="equipment_request", owner_id="er-A",
                 stored_as=stored_as, media_type="application/pdf", name="q.pdf", **here),
            made(Attachment, id="tp-A", owner_table="ticket", owner_id="t-A",
                 stored_as=stored_as, media_type="image/jpeg", name="p.jpg", **here),
            made(AgentCommand, id="ac-A", agent_id=A.row("a"), **here),
            made(ConfigurationText, digest="0" * 64, content=_packed(), lines=1),
            made(PerPupilRule, id="pp-A", **us),
            made(Fund, **us),
            made(Outlet, id="ou-A", **us),
            made(SpeedtestServer, id="ss-A", address="https://far", **us),
            made(ReportDelivery, id="rd-A", day=5, **us),
            made(NotifyChannel, id="nc-A", sealed="x", **us),
            made(Programme, id="pg-A", first_year=2026, last_year=2027, **us),
            made(EquipmentRequest, id="er-A", number="SQ-A", quote_attachment_id="aq-A",
                 **here, **who),
            made(ProcurementProject, id="pj-A", number="XM-A", **us, **who),
            made(DeviceTransfer, id="tr-A", number="DB-A", from_school_code=A.school,
                 to_school_code=A.point, **who),
            made(Disposal, id="di-A", number="BF-A", **here, **who),
            made(SparePart, id="sp-A", **us),
            made(TicketItem, id="ti-A", ticket_id="t-A", actor_id=A.row("u")),
            made(ReconciliationItem, id="ri-A", key="missing|d-A", device_id=A.row("d"),
                 kind="missing", registered="in_service", **here),
            made(StockCampaign, id="ca-A", started_by=A.row("u")),
            made(QuarantinedBatch, id="qb-A", agent_id=A.row("a")),
            made(ExportRun, id="x-A", user_id=A.row("u"), name="devices.xlsx"),
            made(AlertRule, id="ar-A", name="power_cut", newest=1, **us),
            made(RuleTrial, id="rt-A", user_id=A.row("u"), **us),
            made(ImportUpload, id="up-A", user_id=A.row("u"), layout="assets"),
            made(KeptStandard, id="st-A", code="own-a", version=1,
                 document=text_of(replace(shipped()["zibo"], code="own-a")), **us),
        ],
        [
            made(SchoolExemption, id="mz-A", valid_until=None, **here),
            made(MeasurementExclusion, id="mx-A", ends_at=NOW + timedelta(days=1), **here),
            made(MaintenanceWindow, id="mw-A", ends_at=NOW + timedelta(days=1), **here),
            made(Silence, id="si-A", ends_at=NOW + timedelta(days=1), **here),
            made(StandardBinding, id="sb-A", standard_id="st-A", **us),
            made(DeviceConfiguration, id="dc-A", device_id=A.row("d"), digest="0" * 64, **here),
            made(QuarantinedBody, batch_id="qb-A"),
            made(AlertRuleVersion, id="av-A", rule_id="ar-A", number=1,
                 document="{id: power_cut, when: power_cut}", made_by="u"),
            made(CommandAttachment, command_id="ac-A"),
            *(made(ProjectStageRow, project_id="pj-A", stage=stage) for stage in ProjectStage),
            made(ProgrammeCategory, programme_id="pg-A", code="kit"),
            made(ProgrammeParty, programme_id="pg-A", position=1, reimburses=True),
            made(FundEntry, id="fe-A", **us),
            made(ProjectLine, id="pl-A", project_id="pj-A", position=1),
            made(PurchaseOrder, id="po-A", number="DD-A", project_id="pj-A",
                 placed_by=A.row("u"), **here),
            made(TransferItem, transfer_id="tr-A", device_id=A.row("d")),
            made(DisposalItem, disposal_id="di-A", device_id=A.row("d")),
            made(StockRoom, id="sr-A", campaign_id="ca-A", **here),
            made(StockResult, id="re-A", campaign_id="ca-A", **here),
            made(ProcurementEntry, id=ENTRY, subject="request", subject_id="er-A", step="submit",
                 actor_id=A.row("u"), role="school_admin", right="request", **here),
        ],
        [
            made(BudgetEntry, id="be-A", programme_id="pg-A", category="kit", year=2026),
            made(ReimbursementClaim, id="cl-A", programme_id="pg-A", position=1),
            made(OrderLine, id="ol-A", order_id="po-A", project_line_id="pl-A", position=1),
            made(Delivery, id="de-A", order_id="po-A", recorded_by=A.row("u")),
        ],
        [
            made(ReceivedItem, id="it-A", delivery_id="de-A", order_line_id="ol-A",
                 device_id=A.row("d"), received_by=A.row("u")),
        ],
    ]  # fmt: skip
    for rows in waves:
        session.add_all(rows)
        session.flush()


def _packed() -> bytes:
    return zstandard.ZstdCompressor().compress(b"hostname A\n")


# --- requests ---------------------------------------------------------------------------------


def request_for(route: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of ``client.request`` that the route takes; ``said`` comes before what is made up.

    Only what has to be there is made up: a body as JSON, a form as fields.
    """
    query = {
        p.alias: _value(p, said)
        for p in _fields(route.dependant, "query_params")
        if p.field_info.is_required()
    }
    request: dict[str, Any] = {"params": {k: v for k, v in query.items() if v is not None}}
    bodies = _fields(route.dependant, "body_params")
    if not bodies:
        return request
    kinds = {type(p.field_info).__name__ for p in bodies}
    if kinds == {"Body"}:
        [body] = bodies
        request["json"] = _fitting(_schema(body), {}) | dict(said)
        return request
    fields, files = {}, {}
    for p in bodies:
        if type(p.field_info).__name__ == "File":
            files[p.alias] = ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")
        elif p.alias in said:
            fields[p.alias] = said[p.alias]
        elif p.field_info.is_required():
            made_up = _fitting(_schema(p), {})
            fields |= made_up if isinstance(made_up, dict) else {p.alias: made_up}
    request["data"] = fields | {k: v for k, v in said.items() if isinstance(v, str)}
    if files:
        request["files"] = files
    return request


def _fields(dependant: Any, kind: str) -> list[Any]:
    """What a route and everything it depends on take of one kind, each name once."""
    found = {field.alias: field for field in getattr(dependant, kind)}
    for below in dependant.dependencies:
        found = {field.alias: field for field in _fields(below, kind)} | found
    return list(found.values())


def _value(field: Any, said: Mapping[str, Any]) -> Any:
    return said.get(field.alias, _fitting(_schema(field), {}))


def _schema(field: Any) -> dict[str, Any]:
    info = field.field_info
    return TypeAdapter(info.rebuild_annotation()).json_schema()


def _fitting(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:  # noqa: PLR0911
    """The smallest value that a JSON schema of ours takes."""
    defs = {**defs, **schema.get("$defs", {})}
    if "$ref" in schema:
        return _fitting(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _fitting(schema[several][0], defs)
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {name: _fitting(schema["properties"][name], defs) for name in needed}
        case "array":
            return [_fitting(schema["items"], defs)] * schema.get("minItems", 0)
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
    return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    fixed = {"date": "2026-09-01", "date-time": "2026-09-01T08:00:00Z", "binary": "x"}
    if schema.get("format") in fixed:
        return fixed[schema["format"]]
    if "\\d" in schema.get("pattern", ""):
        return "1"
    return "x" * max(1, schema.get("minLength", 1))
