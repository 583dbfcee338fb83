"""A city in the register, filled by SQL in seconds: for measurements and for looking at plans.

Plain rows without a story, in the proportions of a real city; ``fleet seed`` makes believable
ones. The same statements run on SQLite and PostgreSQL.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from controller.auth.tokens import token_hash
from inventory.models.base import UtcDateTime

#: Bearer tokens of two people: one sees the whole city, one the first county.
CITY_TOKEN, COUNTY_TOKEN = "token-of-the-city", "token-of-the-county"
COUNTIES, TOWNSHIPS = 10, 10
_SWITCHES = 10  # one device in ten


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows: of schools, of devices a school, and of what they leave behind."""

    schools: int = 2_000
    devices: int = 100
    ports: int = 24
    past_alerts: int = 200_000
    past_tickets: int = 60_000
    events: int = 200_000
    proposals: int = 20_000

    @property
    def all_devices(self) -> int:
        return self.schools * self.devices


#: What a city has after a year.
CITY = Size()
#: As many devices and less of the rest: a planner chooses as it would in a city.
FOR_PLANS = Size(ports=4, past_alerts=40_000, past_tickets=10_000, events=20_000)


def fill(connection: Connection, size: Size, now: datetime) -> None:
    """Fill a migrated, empty database; the caller commits.

    One device in ten is a switch, three are watched by presence alone. Of a hundred devices one is
    down and one degraded, and one has an open alert with an open ticket. One school in 200 is
    silent. Ids: schools ``S0000``, devices ``d000000``, agents ``a0000``, lines ``l0000``.
    """
    rows = Rows(connection, now)
    rows.trust()
    _fill_places(rows, size)
    _fill_people(rows)
    _fill_agents(rows, size)
    _fill_devices(rows, size)
    _fill_faults(rows, size)
    _fill_traces(rows, size)
    rows.analyse()


class Rows:
    """Rows numbered from 0, made by ``INSERT … SELECT``; a few words differ by database."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._postgres = self.trusting = connection.dialect.name == "postgresql"

    def trust(self) -> None:
        """References are right by the way the rows are made; looking each one up takes longer.

        Triggers are left out as well then: :func:`_fill_devices` does their work.
        """
        if self.trusting:
            self._connection.execute(text("SET LOCAL session_replication_role = replica"))

    def add(self, table: str, count: int, columns: dict[str, str], where: str = "true") -> None:
        """Insert rows; ``columns`` are names and SQL over the number ``i``."""
        names = ", ".join(f'"{name}"' for name in columns)
        numbers = (
            "FROM generate_series(0, :last) AS n(i)"
            if self._postgres
            else "FROM (WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
            " WHERE i < :last) SELECT i FROM n)"
        )
        statement = text(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())} {numbers}"
            f" WHERE {where}"
        )
        values: dict[str, object] = {"last": count - 1}
        if ":now" in statement.text:
            statement = statement.bindparams(bindparam("now", type_=UtcDateTime()))
            values["now"] = self._now
        self._connection.execute(statement, values)

    def ago(self, seconds: str) -> str:
        """SQL for so many seconds before now."""
        if self._postgres:
            return f"CAST(:now AS timestamptz) - ({seconds}) * interval '1 second'"
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', :now, (-({seconds})) || ' seconds')"

    def days_ago(self, days: str) -> str:
        """SQL for a day so many before today."""
        if self._postgres:
            return f"CURRENT_DATE - CAST({days} AS integer)"
        return f"date('now', (-({days})) || ' days')"

    def numbered(self, letter: str, number: str = "i", digits: int = 6) -> str:
        """SQL for a letter and a number of fixed length."""
        if self._postgres:
            return f"'{letter}' || to_char({number}, 'FM{'0' * digits}')"
        return f"printf('{letter}%0{digits}d', {number})"

    def analyse(self) -> None:
        """Let PostgreSQL's planner know what is there, which in service it finds out by itself."""
        if self._postgres:
            self._connection.execute(text("ANALYZE"))


def _fill_places(rows: Rows, size: Size) -> None:
    townships = COUNTIES * TOWNSHIPS
    county, township = rows.numbered("33", "i", 2), rows.numbered("", "i", 4)
    above = f"{rows.numbered('33', f'i / {TOWNSHIPS}', 2)}"
    rows.add(
        "organisation",
        1,
        {
            "code": "'3300'",
            "name": "'City'",
            "name_en": "''",
            "level": "'city'",
            "path": "'/3300/'",
        },
    )
    rows.add(
        "organisation",
        COUNTIES,
        {
            "code": f"{county} || 'C'",
            "name": "'County ' || i",
            "name_en": "''",
            "level": "'county'",
            "parent_code": "'3300'",
            "path": f"'/3300/' || {county} || 'C/'",
        },
    )
    rows.add(
        "organisation",
        townships,
        {
            "code": f"'T' || {township}",
            "name": "'Township ' || i",
            "name_en": "''",
            "level": "'township'",
            "parent_code": f"{above} || 'C'",
            "path": f"'/3300/' || {above} || 'C/T' || {township} || '/'",
        },
    )
    place = f"i * {townships} / {size.schools}"
    school, own = rows.numbered("S", digits=4), rows.numbered("T", place, 4)
    leading = rows.numbered("33", f"({place}) / {TOWNSHIPS}", 2)
    rows.add(
        "school",
        size.schools,
        {
            "code": school,
            "name": "'第' || i || '小学'",
            "name_en": "'Primary School ' || i",
            "organisation_code": own,
            "path": f"'/3300/' || {leading} || 'C/' || {own} || '/' || {school} || '/'",
            "stage": "'primary'",
            "setting": "CASE i % 3 WHEN 0 THEN 'urban' WHEN 1 THEN 'town' ELSE 'rural' END",
            "form": "'school'",
            "is_public": "true",
            "address": "''",
            "students": "600",
            "teachers": "40",
            "classes": "18",
        },
    )
    rows.add(
        "room",
        size.schools * 20,
        {
            "id": rows.numbered("r"),
            "school_code": rows.numbered("S", "i / 20", 4),
            "building": "'1'",
            "name": "'Room ' || (i % 20)",
            "kind": "'classroom'",
        },
    )
    rows.add(
        "line",
        size.schools,
        {
            "id": rows.numbered("l", digits=4),
            "school_code": school,
            "provider": "'Telecom'",
            "circuit": "'C-' || i",
            "medium": "'fibre'",
            "down_mbps": "200",
            "up_mbps": "50",
            "hotline": "''",
        },
    )
    rows.add(
        "bandwidthtarget",
        3,
        {
            "id": "'g' || i",
            "plan": "'Plan ' || i",
            "quote": "''",
            "version": "'1'",
            "metric": "'access'",
            "mbps": "100 * (i + 1)",
            "setting": "CASE i WHEN 0 THEN 'rural' WHEN 1 THEN 'town' ELSE 'urban' END",
            "effective_from": "'2020-01-01'"
            if not rows.ago("0").startswith("CAST")
            else "CAST('2020-01-01' AS date)",
        },
    )


def _fill_people(rows: Rows) -> None:
    rows.add(
        "app_user",
        2_000,
        {
            "id": rows.numbered("u", digits=4),
            "login": "'user' || i",
            "name": "'User ' || i",
            "password_hash": "'-'",
            "language": "'en'",
            "phone": "''",
            "created_at": rows.ago("86400"),
        },
    )
    rows.add(
        "role_grant",
        2_000,
        {
            "user_id": rows.numbered("u", digits=4),
            "role": "CASE i WHEN 0 THEN 'admin' WHEN 1 THEN 'county_it' ELSE 'technician' END",
            "scope_path": "CASE i WHEN 0 THEN '/' ELSE '/3300/3300C/' END",
        },
    )
    hashes = (token_hash(CITY_TOKEN), token_hash(COUNTY_TOKEN))
    rows.add(
        "api_token",
        2,
        {
            "token_hash": f"CASE i WHEN 0 THEN '{hashes[0]}' ELSE '{hashes[1]}' END",
            "user_id": rows.numbered("u", digits=4),
            "name": "'measurements'",
            "created_at": rows.ago("86400"),
        },
    )


def _fill_agents(rows: Rows, size: Size) -> None:
    agent, school = rows.numbered("a", digits=4), rows.numbered("S", digits=4)
    heard = rows.ago("CASE WHEN i % 200 = 7 THEN 7200 ELSE i % 30 END")
    rows.add(
        "agent",
        size.schools,
        {
            "id": agent,
            "name": "'Box ' || i",
            "version": "'0.1.0'",
            "enrolled_at": rows.ago("8640000"),
            "last_seen_at": heard,
            "last_batch_at": heard,
            "clock_skew_seconds": "0",
            **dict.fromkeys(
                ("spool_batches", "spool_bytes", "spool_dropped", "spool_dropped_readings"), "0"
            ),
            "spool_fault": "''",
            "spool_set_aside": "0",
            "status_at": heard,
            "plan_revision": "'r'",
        },
    )
    rows.add("agent_school", size.schools, {"agent_id": agent, "school_code": school})
    rows.add(
        "agent_key",
        size.schools,
        {
            "fingerprint": rows.numbered("k"),
            "agent_id": agent,
            "public_key": "'-'",
            "created_at": rows.ago("8640000"),
        },
    )
    rows.add(
        "agent_command",
        size.schools * 20,
        {
            "id": rows.numbered("c"),
            "agent_id": rows.numbered("a", "i / 20", 4),
            "kind": "'poll_now'",
            "subject": rows.numbered("d", f"i * {max(1, size.all_devices // size.schools // 20)}"),
            "school_code": rows.numbered("S", "i / 20", 4),
            "arguments": "'{}'",
            "created_by": "'user0'",
            "created_at": rows.ago("i * 60"),
            "deadline": rows.ago("i * 60 - 120"),
            "state": "'done'",
            "detail": "''",
            "result": "'{}'",
            "attachment_bytes": "0",
        },
    )


def _fill_devices(rows: Rows, size: Size) -> None:
    device, school = rows.numbered("d"), rows.numbered("S", f"i / {size.devices}", 4)
    agent = rows.numbered("a", f"i / {size.devices}", 4)
    place = f"i % {size.devices}"
    protocol = (
        f"CASE WHEN i % {_SWITCHES} = 0 THEN 'snmp' WHEN i % 10 < 4 THEN 'presence'"
        " WHEN i % 10 < 8 THEN 'mqtt' ELSE 'snmp' END"
    )
    rows.add(
        "device",
        size.all_devices,
        {
            "id": device,
            "school_code": school,
            "room_id": rows.numbered("r", f"i / {size.devices} * 20 + {place} % 20"),
            "name": f"'Device ' || ({place})",
            "kind": f"CASE WHEN i % {_SWITCHES} = 0 THEN 'switch' WHEN i % 10 < 4 THEN 'terminal'"
            " WHEN i % 10 < 8 THEN 'whiteboard' ELSE 'access_point' END",
            # Two of three are Huawei's; fifty vendors share the rest.
            "vendor": "CASE WHEN i % 3 < 2 THEN 'Huawei' ELSE 'Vendor ' || (i % 50) END",
            "model": "'M-' || (i % 50)",
            "serial": "'SN' || i",
            "asset_number": "'AN' || i",
            "lifecycle": "CASE WHEN i % 50 = 49 THEN 'in_stock' ELSE 'in_service' END",
            "protocol": protocol,
            "address": "'10.' || (i / 65536) || '.' || (i / 256 % 256) || '.' || (i % 256)",
            "driver": "'auto'",
            "ping": "false",
            "ssh_port": "22",
            "created_at": rows.ago("8640000"),
            # Bought within ten years, under warranty for three; a tenth nobody knows of.
            "purchased_on": f"CASE WHEN i % 10 < 9 THEN {rows.days_ago('i % 3650')} END",
            "warranty_until": f"CASE WHEN i % 10 < 9 THEN {rows.days_ago('i % 3650 - 1095')} END",
            # As the job would count it that polls for a day's silence.
            "status_rank": "CASE WHEN i % 50 >= 48 THEN 40 WHEN i % 10 = 3 THEN 50"
            " WHEN i % 100 = 18 THEN 10 WHEN i % 100 = 28 THEN 30 ELSE 60 END",
        },
    )
    rows.add(
        "device_mac", size.all_devices, {"device_id": device, "mac": rows.numbered("", digits=12)}
    )
    if rows.trusting:
        words = f"'device ' || ({place}) || ' sn' || i || ' ' || {device}"
        rows.add("device_search", size.all_devices, {"device_id": device, "words": words})
    is_silent = f"i / {size.devices} % 200 = 7"
    taken = rows.ago(f"CASE WHEN {is_silent} THEN 7200 ELSE i % 50 END")
    rows.add(
        "device_state",
        size.all_devices,
        {
            "device_id": device,
            "school_code": school,
            "agent_id": agent,
            "outcome": "CASE i % 100 WHEN 18 THEN 'timeout' WHEN 28 THEN 'partial' ELSE 'ok' END",
            "detail": "''",
            "taken_at": taken,
            "since": rows.ago("i % 500000"),
            "last_ok_at": taken,
            "failures": "CASE i % 100 WHEN 18 THEN 500 ELSE 0 END",
            "cpu_ratio": "0.1",
            "uptime_seconds": "86400",
            "facts_at": rows.ago("3600"),
            "ports_down": "'[]'",
            "present": "CASE WHEN i % 10 IN (1, 2) THEN true WHEN i % 10 = 3 THEN false END",
            "attached_device_id": rows.numbered("d", f"i / {_SWITCHES} * {_SWITCHES}"),
            "attached_port": f"'GE0/0/' || (i % {_SWITCHES})",
        },
        where="i % 50 <> 48",
    )
    rows.add(
        "port",
        size.all_devices // _SWITCHES * size.ports,
        {
            "device_id": rows.numbered("d", f"i / {size.ports} * {_SWITCHES}"),
            "name": f"'GE0/0/' || (i % {size.ports})",
            "index": f"i % {size.ports}",
            "oper": "'up'",
            "admin": "'up'",
            "seen_at": rows.ago("600"),
        },
    )


def _fill_faults(rows: Rows, size: Size) -> None:
    open_ones = size.all_devices // 100
    past = size.past_tickets
    device = rows.numbered(
        "d", f"CASE WHEN i < {past} THEN i % {size.all_devices} ELSE (i - {past}) * 100 + 18 END"
    )
    school = rows.numbered(
        "S",
        f"(CASE WHEN i < {past} THEN i % {size.all_devices} ELSE"
        f" (i - {past}) * 100 + 18 END) / {size.devices}",
        4,
    )
    over = f"i < {past}"
    rows.add(
        "ticket",
        past + open_ones,
        {
            "id": rows.numbered("t"),
            "number": "i + 1",
            "school_code": school,
            "device_id": device,
            "fault_key": f"{device} || '|device_down|'",
            "rule": "'device_down'",
            "arguments": "'{}'",
            "title": "''",
            "description": "''",
            "severity": "CASE i % 10 WHEN 0 THEN 'critical' ELSE 'warning' END",
            "state": f"CASE WHEN {over} THEN 'closed' WHEN i % 4 = 0 THEN 'assigned'"
            " ELSE 'new' END",
            "assignee_id": f"CASE WHEN i % 4 = 0 THEN {rows.numbered('u', 'i % 2000', 4)} END",
            "opened_at": rows.ago(f"CASE WHEN {over} THEN i * 400 + 86400 ELSE i % 80000 END"),
            "resolved_at": f"CASE WHEN {over} THEN {rows.ago('i * 400 + 3600')} END",
            "closed_at": f"CASE WHEN {over} THEN {rows.ago('i * 400')} END",
        },
    )
    rows.add(
        "ticket_event",
        (past + open_ones) * 3,
        {
            "id": "i + 1",
            "ticket_id": rows.numbered("t", "i / 3"),
            "at": rows.ago("i * 100"),
            "kind": "'commented'",
            "text": "''",
        },
    )
    rows.add("ticket_number", 1, {"id": "1", "last": str(past + open_ones)})
    past = size.past_alerts
    number = f"(CASE WHEN i < {past} THEN i % {size.all_devices} ELSE (i - {past}) * 100 + 18 END)"
    over = f"i < {past}"
    opened = rows.ago(f"CASE WHEN {over} THEN i * 150 + 86400 ELSE i % 80000 END")
    rows.add(
        "alert",
        past + open_ones,
        {
            "id": rows.numbered("x"),
            "school_code": rows.numbered("S", f"{number} / {size.devices}", 4),
            "subject": rows.numbered("d", number),
            "device_id": rows.numbered("d", number),
            "rule": "'device_down'",
            "part": "''",
            "severity": "CASE i % 10 WHEN 0 THEN 'critical' ELSE 'warning' END",
            "arguments": '\'{"outcome": "timeout", "failures": 3}\'',
            "opened_at": opened,
            "cleared_at": f"CASE WHEN {over} THEN {rows.ago('i * 150 + 3600')} END",
            "ticket_id": rows.numbered(
                "t",
                f"CASE WHEN {over} THEN i % {size.past_tickets} ELSE"
                f" i - {past} + {size.past_tickets} END",
            ),
        },
    )


def _fill_traces(rows: Rows, size: Size) -> None:
    rows.add(
        "device_event",
        size.events,
        {
            "id": rows.numbered("e"),
            "device_id": rows.numbered("d", f"i % {size.all_devices}"),
            "school_code": rows.numbered("S", f"i % {size.all_devices} / {size.devices}", 4),
            "at": rows.ago("i * 30"),
            "kind": "'link_down'",
            "detail": "''",
            "fields": "'{}'",
        },
    )
    rows.add(
        "proposal",
        size.proposals,
        {
            "id": rows.numbered("p"),
            "school_code": rows.numbered("S", f"i % {size.schools}", 4),
            "address": "'10.200.' || (i / 256) || '.' || (i % 256)",
            "state": "CASE WHEN i % 10 = 0 THEN 'open' ELSE 'accepted' END",
            "match": "'new'",
            "first_found_at": rows.ago("i * 60"),
            "found_at": rows.ago("i"),
            "how": "'snmp'",
            "protocol": "'snmp'",
            "port": "161",
            "kind": "'switch'",
            "undo": "'{}'",
        },
    )
