"""The field's terms for what enums and metric names mean, as message ids.

``docs/glossary/terms.yaml`` is where words are decided; a test holds this file to it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from alerts.models import Severity, TicketState
from controller.language import N_
from controller.words import editions, procurement, tickets
from controller.words.coverage import CAMPUS_PROGRAMMES
from drivers.readings import Kind, Outcome
from inventory.models import (
    Acquisition,
    BlackoutKind,
    CalendarKind,
    CertificateLevel,
    EquipmentBasis,
    Level,
    Lifecycle,
    Medium,
    OutletKind,
    Protocol,
    Role,
    RoomKind,
    SchoolChangeKind,
    SchoolForm,
    Setting,
    StaffRole,
    Stage,
)

KINDS: Mapping[Kind, str] = {
    Kind.switch: N_("Switch"),
    Kind.router: N_("Router"),
    Kind.firewall: N_("Firewall"),
    Kind.access_point: N_("Access point"),
    Kind.wireless_controller: N_("Wireless controller"),
    Kind.whiteboard: N_("Interactive whiteboard"),
    Kind.terminal: N_("Terminal"),
    Kind.server: N_("Server"),
    Kind.printer: N_("Printer"),
    Kind.projector: N_("Projector"),
    Kind.display: N_("Display"),
    Kind.ups: N_("UPS"),
    Kind.pdu: N_("PDU"),
    Kind.camera: N_("Camera"),
    Kind.recorder: N_("Recorder"),
    Kind.storage: N_("Storage"),
    Kind.sensor: N_("Sensor"),
    Kind.unknown: N_("Unknown kind"),
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ok: N_("Answered"),
    Outcome.partial: N_("Answered in part"),
    Outcome.timeout: N_("No answer"),
    Outcome.unreachable: N_("Unreachable"),
    Outcome.auth_rejected: N_("Credentials rejected"),
    Outcome.malformed: N_("Unreadable answer"),
}
PROTOCOLS: Mapping[Protocol, str] = {
    Protocol.snmp: N_("SNMP"),
    Protocol.mqtt: N_("MQTT"),
    Protocol.pjlink: N_("PJLink"),
    Protocol.ssh: N_("Command line"),
    Protocol.presence: N_("Presence on the network"),
    Protocol.ping: N_("Echo requests"),
    Protocol.none: N_("Not watched"),
}
LIFECYCLES: Mapping[Lifecycle, str] = {
    Lifecycle.requested: N_("Requested"),
    Lifecycle.ordered: N_("Ordered"),
    Lifecycle.in_stock: N_("In stock"),
    Lifecycle.in_service: N_("In service"),
    Lifecycle.in_repair: N_("In repair"),
    Lifecycle.lent: N_("Lent"),
    Lifecycle.retired: N_("Retired"),
    Lifecycle.disposed: N_("Disposed of"),
    Lifecycle.lost: N_("Lost"),
}
ACQUISITIONS: Mapping[Acquisition, str] = {
    Acquisition.purchase: N_("Purchase"),
    Acquisition.donation: N_("Donation"),
    Acquisition.transfer: N_("Transfer"),
}
LEVELS: Mapping[Level, str] = {
    Level.city: N_("City"),
    Level.county: N_("County"),
    Level.township: N_("Township"),
}
SETTINGS: Mapping[Setting, str] = {
    Setting.urban: N_("Urban"),
    Setting.town: N_("Town"),
    Setting.rural: N_("Rural"),
}
FORMS: Mapping[SchoolForm, str] = {
    SchoolForm.school: N_("Independent school"),
    SchoolForm.central_school: N_("Central school"),
    SchoolForm.village_school: N_("Village school"),
    SchoolForm.teaching_point: N_("Teaching point"),
}
STAGES: Mapping[Stage, str] = {
    Stage.kindergarten: N_("Kindergarten"),
    Stage.primary: N_("Primary school"),
    Stage.junior_secondary: N_("Junior secondary school"),
    Stage.nine_year: N_("Nine-year school"),
    Stage.senior_secondary: N_("Senior secondary school"),
    Stage.vocational: N_("Vocational school"),
    Stage.special: N_("Special school"),
}
MEDIA: Mapping[Medium, str] = {
    Medium.fibre: N_("Fibre"),
    Medium.copper: N_("Copper"),
    Medium.wireless: N_("Wireless"),
    Medium.satellite: N_("Satellite"),
}
ROOM_KINDS: Mapping[RoomKind, str] = {
    RoomKind.classroom: N_("Classroom"),
    RoomKind.subject_room: N_("Subject classroom"),
    RoomKind.computer_room: N_("Computer room"),
    RoomKind.maker_space: N_("Maker space"),
    RoomKind.lecture_recording_room: N_("Lecture recording room"),
    RoomKind.laboratory: N_("Laboratory"),
    RoomKind.digital_lab: N_("Digital laboratory"),
    RoomKind.office: N_("Office"),
    RoomKind.server_room: N_("Server room"),
    RoomKind.library: N_("Library"),
    RoomKind.hall: N_("Hall"),
    RoomKind.other: N_("Other room"),
}
STAFF_ROLES: Mapping[StaffRole, str] = {
    StaffRole.leader: N_("Leader in charge"),
    StaffRole.network_administrator: N_("Network administrator"),
    StaffRole.part_time_technician: N_("Part-time technician"),
    StaffRole.district_technician: N_("District technician"),
}
CERTIFICATE_LEVELS: Mapping[CertificateLevel, str] = {
    CertificateLevel.junior: N_("Junior level"),
    CertificateLevel.middle: N_("Middle level"),
    CertificateLevel.senior: N_("Senior level"),
}
CALENDAR_KINDS: Mapping[CalendarKind, str] = {
    CalendarKind.term: N_("Term"),
    CalendarKind.day_off: N_("Day off"),
    CalendarKind.make_up: N_("Make-up school day"),
    CalendarKind.holidays_entered: N_("Holidays are all entered"),
}
BLACKOUT_KINDS: Mapping[BlackoutKind, str] = {
    BlackoutKind.exam: N_("Exam"),
    BlackoutKind.live_lesson: N_("Live lesson"),
    BlackoutKind.other: N_("Other occasion"),
}
OUTLET_KINDS: Mapping[OutletKind, str] = {
    OutletKind.internet: N_("Internet outlet"),
    OutletKind.backbone: N_("Backbone of the bureau's network"),
}
SCHOOL_CHANGES: Mapping[SchoolChangeKind, str] = {
    SchoolChangeKind.close: N_("Closes"),
    SchoolChangeKind.merge: N_("Merges into another school"),
    SchoolChangeKind.move: N_("Moves to another bureau"),
}
EQUIPMENT_BASES: Mapping[EquipmentBasis, str] = {
    EquipmentBasis.school: N_("Each school"),
    EquipmentBasis.school_class: N_("Each class"),
    EquipmentBasis.student: N_("Each student"),
    EquipmentBasis.teacher: N_("Each teacher"),
    EquipmentBasis.room: N_("Each room"),
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.warning: N_("Warning"),
    Severity.critical: N_("Critical"),
}
TICKET_STATES: Mapping[TicketState, str] = {
    TicketState.new: N_("New"),
    TicketState.assigned: N_("Assigned"),
    TicketState.in_progress: N_("In progress"),
    TicketState.waiting: N_("Waiting"),
    TicketState.resolved: N_("Resolved"),
    TicketState.closed: N_("Closed"),
    TicketState.reopened: N_("Reopened"),
}
ROLES: Mapping[Role, str] = {
    Role.admin: N_("Administrator"),
    Role.city_it: N_("City IT"),
    Role.county_it: N_("County IT"),
    Role.school_admin: N_("School network administrator"),
    Role.technician: N_("Technician"),
    Role.procurement: N_("Procurement"),
    Role.auditor: N_("Auditor"),
    Role.viewer: N_("Viewer"),
}
METRICS: Mapping[str, str] = {
    "poll_outcome": N_("Outcome of a poll"),
    "uptime_seconds": N_("Uptime"),
    "cpu_ratio": N_("CPU load"),
    "memory_used_ratio": N_("Memory use"),
    "memory_used_bytes": N_("Memory used"),
    "memory_total_bytes": N_("Memory total"),
    "storage_used_ratio": N_("Storage use"),
    "storage_used_bytes": N_("Storage used"),
    "storage_total_bytes": N_("Storage total"),
    "temperature_celsius": N_("Temperature"),
    "humidity_ratio": N_("Humidity"),
    "fan_speed_rpm": N_("Fan speed"),
    "fan_ok": N_("Fan in order"),
    "power_supply_ok": N_("Power supply in order"),
    "voltage_volts": N_("Voltage"),
    "current_amperes": N_("Current"),
    "power_watts": N_("Power"),
    "frequency_hertz": N_("Frequency"),
    "poe_power_watts": N_("PoE power"),
    "poe_budget_watts": N_("PoE budget"),
    "poe_used_ratio": N_("PoE budget in use"),
    "poe_port_power_watts": N_("PoE power of a port"),
    "telnet_open": N_("Telnet open"),
    "community_known": N_("Well-known community"),
    "login_default": N_("Default password"),
    "clock_error_seconds": N_("Clock off by"),
    "battery_charge_ratio": N_("Battery charge"),
    "battery_runtime_seconds": N_("Battery runtime"),
    "load_ratio": N_("Load"),
    "optical_power_dbm": N_("Optical power"),
    "wireless_clients": N_("Wireless clients"),
    "wireless_access_points": N_("Access points managed"),
    "radio_utilization_ratio": N_("Radio utilisation"),
    "radio_clients": N_("Radio clients"),
    "printer_supply_ratio": N_("Printer supply"),
    "printer_pages_total": N_("Printed pages"),
    "port_up": N_("Port up"),
    "port_enabled": N_("Port enabled"),
    "port_in_bits_per_second": N_("Inbound"),
    "port_out_bits_per_second": N_("Outbound"),
    "port_in_errors_per_second": N_("Inbound errors"),
    "port_out_errors_per_second": N_("Outbound errors"),
    "port_in_discards_per_second": N_("Inbound discards"),
    "port_out_discards_per_second": N_("Outbound discards"),
    "port_in_unicast_packets_per_second": N_("Inbound unicasts"),
    "port_out_unicast_packets_per_second": N_("Outbound unicasts"),
    "port_in_broadcast_packets_per_second": N_("Inbound broadcasts"),
    "port_frame_check_errors_per_second": N_("Check sum errors"),
    "port_alignment_errors_per_second": N_("Alignment errors"),
    "port_late_collisions_per_second": N_("Late collisions"),
    "port_full_duplex": N_("Full duplex"),
    "stp_topology_changes_total": N_("Spanning tree changes"),
    "stp_since_topology_change_seconds": N_("Since the last spanning tree change"),
    "ping_round_trip_seconds": N_("Round trip"),
    "ping_loss_ratio": N_("Packet loss"),
    "ping_jitter_seconds": N_("Jitter"),
    "speedtest_download_bits_per_second": N_("Tested download"),
    "speedtest_upload_bits_per_second": N_("Tested upload"),
    "speedtest_latency_seconds": N_("Tested latency"),
    "speedtest_jitter_seconds": N_("Tested jitter"),
    "speedtest_loss_ratio": N_("Tested loss"),
    "speedtest_outcome": N_("Test outcome"),
    "speedtest_streams": N_("Test streams"),
    "speedtest_cap_bits_per_second": N_("Test cap"),
    "speedtest_box_port_bits_per_second": N_("Agent's port speed"),
    "speedtest_download_bytes": N_("Bytes counted down"),
    "speedtest_download_seconds": N_("Seconds counted down"),
    "speedtest_upload_bytes": N_("Bytes counted up"),
    "speedtest_upload_seconds": N_("Seconds counted up"),
    "speedtest_received_bytes": N_("Received by the test"),
    "speedtest_sent_bytes": N_("Sent by the test"),
    "speedtest_port_in_bytes": N_("Received on the line's port"),
    "speedtest_port_out_bytes": N_("Sent on the line's port"),
    "speedtest_port_seconds": N_("Time between port counters"),
    "display_on": N_("Display on"),
    "display_backlight_hours": N_("Backlight hours"),
    "lamp_ok": N_("Lamp in order"),
    "condition_ok": N_("Condition in order"),
    "filter_hours": N_("Filter hours"),
    "volume_ratio": N_("Volume"),
    "online": N_("Online"),
}

_TABLES: tuple[Mapping[Any, str], ...] = (
    KINDS,
    OUTCOMES,
    PROTOCOLS,
    LIFECYCLES,
    ACQUISITIONS,
    LEVELS,
    SETTINGS,
    FORMS,
    STAGES,
    MEDIA,
    ROOM_KINDS,
    STAFF_ROLES,
    CERTIFICATE_LEVELS,
    CALENDAR_KINDS,
    BLACKOUT_KINDS,
    OUTLET_KINDS,
    CAMPUS_PROGRAMMES,
    SCHOOL_CHANGES,
    EQUIPMENT_BASES,
    SEVERITIES,
    TICKET_STATES,
    ROLES,
    *procurement.TABLES,
    *editions.TABLES,
    *tickets.TABLES,
)
# Values of different enums may be equal as strings, so the type belongs to the key.
_WORDS = {(type(value), value): term for table in _TABLES for value, term in table.items()}


def word(value: StrEnum) -> str:
    """The message id of an enum's value."""
    return _WORDS[type(value), value]


def metric_word(name: str) -> str:
    """The message id of a metric; a metric we have no word for is called by its name."""
    return METRICS.get(name, name)
