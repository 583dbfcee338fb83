"""The city's register as rows: bureaus, schools, rooms, devices, lines; then alerts and tickets."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from alerts.models import Alert, Ticket, TicketEvent, default_impact, default_urgency
from alerts.rules.base import fault_key
from alerts.sla.terms import DEFAULT_TERMS
from alerts.urgency import Origin
from controller.seed.bulk import BulkWriter
from controller.seed.campus import Campus
from controller.seed.chance import Ids
from controller.seed.desk import SeedTicket
from controller.seed.ledger import ledger, list_price
from controller.seed.options import CitySpec
from controller.seed.places import City
from controller.seed.states import write_agent, write_states
from drivers.readings import Kind
from inventory.models import (
    Building,
    Device,
    DeviceMac,
    KeptStandard,
    Line,
    Organisation,
    Protocol,
    Room,
    School,
    StandardAnswer,
    StandardBinding,
)
from inventory.standards.documents import fingerprint, shipped, text_of

#: Whoever applied the standard and confirmed what it leaves open.
_BY: Final = "陈建国"


def write_places(writer: BulkWriter, city: City) -> None:
    """Bureaus and schools."""
    for bureau in (city.bureau, *city.counties, *city.townships):
        writer.add(
            Organisation,
            code=bureau.code,
            name=bureau.name,
            name_en=bureau.name_en,
            level=bureau.level,
            parent_code=bureau.parent,
            path=bureau.path,
        )
    for school in city.schools:
        writer.add(
            School,
            code=school.code,
            name=school.name,
            name_en=school.name_en,
            organisation_code=school.organisation,
            path=school.path,
            stage=school.stage,
            setting=school.setting,
            form=school.form,
            is_public=school.is_public,
            lead_school_code=school.lead,
            address=school.address,
            students=school.students,
            teachers=school.teachers,
            classes=school.classes,
        )


def write_targets(writer: BulkWriter, city: City, ids: Ids, known: Mapping[str, str]) -> None:
    """The plan of Zibo holds in the whole city, from the year's beginning on.

    ``known`` are ids of standards that are kept already, by code.
    """
    at, zibo = city.spec.begin, shipped()["zibo"]
    begin = date(at.year, 1, 1)
    kept = known.get(zibo.code) or ids.new("st", at)
    made_at = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    if zibo.code not in known:
        writer.add(
            KeptStandard,
            id=kept,
            code=zibo.code,
            version=zibo.version,
            title=zibo.plan,
            shipped=True,
            document=text_of(zibo),
            fingerprint=fingerprint(zibo),
            made_at=made_at,
        )
    writer.add(
        StandardBinding,
        id=ids.new("sb", at),
        standard_id=kept,
        organisation_code=city.bureau.code,
        valid_from=begin,
        made_at=made_at,
        made_by=_BY,
    )
    # The plan's own years are corrupt, and it does not know towns.
    for question, answer in (("years", begin.isoformat()), ("town_setting", "rural")):
        writer.add(
            StandardAnswer,
            id=ids.new("sa", at),
            standard_id=kept,
            question=question,
            answer=answer,
            organisation_code=city.bureau.code,
            answered_at=made_at,
            answered_by=_BY,
        )


def write_campus(
    writer: BulkWriter,
    campus: Campus,
    spec: CitySpec,
    credential: str,
    catalogue: Mapping[tuple[str, str], str],
) -> None:
    """Rooms, devices, line, agent, and what the network last said of them."""
    school, line = campus.school, campus.line
    # Named after one of its rooms, whose id nobody else has.
    buildings = {room.building: f"bd{campus.room_ids[room.rank][1:]}" for room in campus.rooms}
    for name, building in buildings.items():
        writer.add(Building, id=building, school_code=school.code, name=name)
    for room in campus.rooms:
        writer.add(
            Room,
            id=campus.room_ids[room.rank],
            school_code=school.code,
            building=room.building,
            building_id=buildings[room.building],
            name=room.name,
            kind=room.kind,
        )
    for device in campus.devices:
        is_mqtt = device.protocol is Protocol.mqtt
        writer.add(
            Device,
            id=device.id,
            school_code=school.code,
            room_id=campus.room_ids[device.room.rank],
            name=device.name,
            kind=device.kind,
            vendor=device.model.vendor,
            model=device.model.name,
            serial=device.serial,
            version=device.version,
            asset_number=device.asset,
            lifecycle=device.lifecycle,
            protocol=device.protocol,
            address=None if is_mqtt else device.address,
            credential_id=credential if device.protocol is Protocol.snmp else None,
            mqtt_profile="whiteboard" if is_mqtt else None,
            mqtt_client=device.serial if is_mqtt else None,
            ping=device.kind in (Kind.router, Kind.firewall),
            created_at=device.bought,
            catalogue_id=catalogue[device.model.vendor, device.model.name],
            **ledger(
                device.asset,
                device.kind,
                device.bought.date(),
                price=list_price(device.kind, device.model.vendor, device.model.name),
            ),
        )
        writer.add(DeviceMac, device_id=device.id, mac=device.mac)
    writer.add(
        Line,
        id=campus.line_id,
        school_code=school.code,
        provider=line.provider,
        circuit=line.circuit,
        medium=line.medium,
        down_mbps=Decimal(line.down),
        up_mbps=Decimal(line.up),
        starts_on=line.starts,
        ends_on=line.ends,
        yearly_fee_cny=line.fee,
        hotline=line.hotline,
        device_id=campus.gateway.id,
        port_name=campus.gateway.uplink,
    )
    write_agent(writer, campus, spec)
    write_states(writer, campus, spec)
    writer.flush_when_full()


def write_ticket(
    writer: BulkWriter, ticket: SeedTicket, line_id: str, number: int, ids: Ids
) -> None:
    """One ticket with its log and its alerts."""
    first = ticket.faults[0] if ticket.faults else None
    last = ticket.faults[-1] if ticket.faults else None
    device_id = ticket.device.id if ticket.device else None
    line = None if ticket.device else line_id
    subject = device_id or line_id
    ticket_id = ids.new("t", ticket.opened)
    impact, urgency = default_impact(line), default_urgency(ticket.severity)
    writer.add(
        Ticket,
        id=ticket_id,
        number=number,
        school_code=ticket.school.code,
        device_id=device_id,
        line_id=line,
        fault_key=fault_key(subject, first.rule, first.part) if first else "",
        rule=first.rule if first else "",
        arguments=json.dumps(dict(last.arguments)) if last else "{}",
        title=ticket.title,
        description=ticket.description,
        severity=ticket.severity,
        origin=Origin.alert if first else Origin.person,
        impact=impact,
        urgency=urgency,
        priority=DEFAULT_TERMS.priority(impact, urgency),
        state=ticket.state,
        waiting_for=ticket.waiting_for,
        assignee_id=ticket.assignee,
        opened_at=ticket.opened,
        resolved_at=ticket.resolved,
        closed_at=ticket.closed,
    )
    for entry in ticket.log:
        writer.add(
            TicketEvent,
            ticket_id=ticket_id,
            at=entry.at,
            kind=entry.kind,
            actor_id=entry.actor,
            text=entry.text,
            assignee_id=entry.assignee,
            waiting_for=entry.waiting_for,
        )
    began = next((entry for entry in ticket.log if entry.kind == "started"), None)
    for fault in ticket.faults:
        is_known = began is not None and (fault.cleared is None or began.at < fault.cleared)
        writer.add(
            Alert,
            id=ids.new("x", fault.opened),
            school_code=ticket.school.code,
            subject=subject,
            device_id=device_id,
            line_id=line,
            rule=fault.rule,
            part=fault.part,
            severity=fault.severity,
            arguments=json.dumps(dict(fault.arguments)),
            opened_at=fault.opened,
            cleared_at=fault.cleared,
            acknowledged_at=began.at if is_known and began else None,
            acknowledged_by=began.actor if is_known and began else None,
            ticket_id=ticket_id,
        )
    writer.flush_when_full()


def in_order(tickets: Sequence[tuple[SeedTicket, str]]) -> list[tuple[SeedTicket, str]]:
    """Tickets in the order in which they were opened."""
    return sorted(tickets, key=lambda one: (one[0].opened, one[1]))
