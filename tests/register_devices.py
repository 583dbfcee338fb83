"""The devices in the register of ``tests.register``, and what a year of watching them leaves."""

from tests.register_rows import Rows, Size

_SWITCHES = 10  # one device in ten


def fill_devices(rows: Rows, size: Size) -> None:
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


#: Seconds before its closing at which a ticket was opened, begun and resolved.
_STEPS = "CASE i % 3 WHEN 0 THEN 86400 WHEN 1 THEN 80000 ELSE 3600 END"


def fill_faults(rows: Rows, size: Size) -> None:
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
            **_kept(rows, size),
        },
    )
    rows.add(
        "ticket_event",
        (past + open_ones) * 3,
        {
            "id": "i + 1",
            "ticket_id": rows.numbered("t", "i / 3"),
            "at": rows.ago(f"CASE WHEN i / 3 < {past} THEN i / 3 * 400 + {_STEPS} ELSE 80000 END"),
            "kind": f"CASE WHEN i / 3 >= {past} AND i % 3 > 0 THEN 'commented'"
            " WHEN i % 3 = 0 THEN 'opened' WHEN i % 3 = 1 THEN 'started' ELSE 'resolved' END",
            "actor_id": f"CASE WHEN i % 3 > 0 THEN {rows.numbered('u', 'i / 3 % 2000', 4)} END",
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


def _kept(rows: Rows, size: Size) -> dict[str, str]:
    """What figures count of tickets, and one in ten late: as their clocks are kept."""
    over = f"i < {size.past_tickets}"
    return {
        "clock_stale": "false",
        "responded_at": f"CASE WHEN {over} THEN {rows.ago('i * 400 + 80000')} END",
        "due_at": f"CASE WHEN {over} AND i % 10 = 0 THEN {rows.ago('i * 400 + 40000')}"
        f" WHEN {over} THEN {rows.ago('i * 400 + 1800')}"
        f" ELSE {rows.ago('i % 400000 - 200000')} END",
        "cost_cny": f"CASE WHEN {over} AND i % 3 = 0 THEN i % 100000 END",
        "settled_at": rows.ago(f"CASE WHEN {over} THEN i * 400 + 3600 ELSE i % 80000 END"),
        "repair_counts": "true",
        "repaired_at": f"CASE WHEN {over} THEN {rows.ago('i * 400 + 3600')} END",
        "fixed_at_once": f"({over} AND i % 5 > 0)",
        "gone_by_itself": f"({over} AND i % 7 = 0)",
        "answer_seconds": f"CASE WHEN {over} THEN 6400.0 END",
        "repair_seconds": f"CASE WHEN {over} THEN 82800.0 END",
        "answer_worked_seconds": f"CASE WHEN {over} THEN 3200.0 END",
        "repair_worked_seconds": f"CASE WHEN {over} THEN 20000.0 END",
    }


def fill_traces(rows: Rows, size: Size) -> None:
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
