"""What is kept beside devices and what is checked of them, for ``tests.register_ledger``."""

from tests.register import Rows, Size

KINDS = "CASE i % 3 WHEN 0 THEN 'whiteboard' WHEN 1 THEN 'switch' ELSE 'terminal' END"
_YEARS = 5


def fill_records(rows: Rows, size: Size) -> None:
    """Models, standards, yearly figures and people."""
    rows.add(
        "catalogue_model",
        2_000,
        {
            "id": rows.numbered("c"),
            "vendor": "CASE WHEN i < 50 THEN 'Huawei' ELSE 'Vendor ' || (i % 50) END",
            "model": "'M-' || i",
            "kind": KINDS,
            "expected_life_months": "72",
            "list_price_cny": "5000 + i",
        },
    )
    rows.add(
        "equipment_rule",
        12,
        {
            "id": rows.numbered("y"),
            "standard": "'Standard'",
            "item": "'Item ' || i",
            "quote": "''",
            "basis": "CASE i % 3 WHEN 0 THEN 'class' WHEN 1 THEN 'student' ELSE 'school' END",
            "quantity": "1",
            "per": "CASE i % 3 WHEN 1 THEN 10 ELSE 1 END",
            "kinds": KINDS,
            "placed_in": "''",
            "valid_from": rows.days_ago("1000"),
        },
    )
    rows.add(
        "school_figures",
        size.schools * _YEARS,
        {
            "id": rows.numbered("g"),
            "school_code": rows.numbered("S", f"i / {_YEARS}", 4),
            "school_year": f"2021 + i % {_YEARS}",
            "students": "600",
            "teachers": "40",
            "classes": "18",
            "source": "''",
            "taken_on": rows.days_ago("100"),
        },
    )
    rows.add(
        "staff_member",
        size.schools * 2,
        {
            "id": rows.numbered("f"),
            "school_code": rows.numbered("S", "i / 2", 4),
            "role": "CASE i % 2 WHEN 0 THEN 'leader' ELSE 'network_administrator' END",
            "name": "'Person ' || i",
            "phone": "''",
            "certificate_name": "''",
            "certificate_number": "''",
            "certificate_expires_on": "CASE i % 2 WHEN 1 THEN"
            f" {rows.days_ago('i % 800 - 500')} END",
        },
    )


def fill_checks(rows: Rows, size: Size) -> None:
    """Contradictions, and stock-takings of the whole city."""
    school = rows.numbered("S", f"i % {size.schools}", 4)
    device = rows.numbered("d", f"i % {size.schools} * {size.devices} + i / {size.schools}")
    rows.add(
        "reconciliation_item",
        size.schools * 10,
        {
            "id": rows.numbered("e"),
            "key": "'key-' || i",
            "kind": "CASE i % 3 WHEN 0 THEN 'replaced' WHEN 1 THEN 'wrong_room'"
            " ELSE 'firmware_changed' END",
            "school_code": school,
            "device_id": device,
            **dict.fromkeys(("registered", "shown", "source", "place", "note"), "''"),
            "seen_at": rows.ago("i * 60"),
            "first_at": rows.ago("i * 600"),
            "state": "CASE i % 4 WHEN 0 THEN 'open' ELSE 'resolved' END",
        },
    )
    rows.add(
        "stock_campaign",
        20,
        {
            "id": rows.numbered("k", digits=4),
            "name": "'Campaign ' || i",
            "state": "CASE i WHEN 0 THEN 'counting' ELSE 'finished' END",
            "started_at": rows.ago("i * 8000000"),
            "started_by": "'u0000'",
        },
    )
    # The first is under way in the whole city; the second has found what is wrong there.
    rows.add(
        "stock_room",
        size.schools * 20,
        {
            "id": rows.numbered("s"),
            "campaign_id": "'k0000'",
            "school_code": rows.numbered("S", "i / 20", 4),
            "room_id": rows.numbered("r"),
            "building": "'1'",
            "name": "'Room ' || (i % 20)",
            "done_at": f"CASE WHEN i % 2 = 0 THEN {rows.ago('i')} END",
        },
    )
    rows.add(
        "stock_room",
        size.schools,
        {
            "id": rows.numbered("t"),
            "campaign_id": "'k0001'",
            "school_code": school,
            "building": "'1'",
            "name": "'Room'",
            "done_at": rows.ago("i"),
        },
    )
    place = f"i / {size.devices} * 20 + i % {size.devices} % 20"
    rows.add(
        "stock_expected",
        size.all_devices,
        {
            "campaign_id": "'k0000'",
            "device_id": rows.numbered("d"),
            "stock_room_id": rows.numbered("s", place),
            "name": f"'Device ' || (i % {size.devices})",
            "kind": KINDS,
        },
    )
    rows.add(
        "stock_result",
        size.schools * 10,
        {
            "id": rows.numbered("x"),
            "campaign_id": "'k0001'",
            "position": "i",
            "outcome": "CASE i % 3 WHEN 0 THEN 'missing' WHEN 1 THEN 'wrong_place' ELSE 'unknown'"
            " END",
            "school_code": school,
            "device_id": device,
            **dict.fromkeys(("code", "name", "expected_room", "seen_room", "note"), "''"),
            "disputed": "false",
            "decision": "'open'",
        },
    )


def fill_trail(rows: Rows, size: Size) -> None:
    """The audit trail: as many changes as there are devices."""
    changes = size.all_devices
    rows.add(
        "audit_change",
        changes,
        {
            "id": "i + 1",
            "act": rows.numbered("a", "i / 2"),
            "at": rows.ago(f"({changes} - i) * 100"),
            "actor_id": rows.numbered("u", "i % 200", 4),
            "actor": "'user' || (i % 200)",
            "origin": "CASE i % 4 WHEN 0 THEN 'import' ELSE 'page' END",
            "address": "'10.0.0.1'",
            "action": "'update'",
            "table_name": "'device'",
            "key": rows.numbered("d", f"i * 7 % {size.all_devices}"),
            "label": "'Device'",
            "school_code": rows.numbered("S", f"i * 7 % {size.all_devices} / {size.devices}", 4),
            "device_id": rows.numbered("d", f"i * 7 % {size.all_devices}"),
            "fields": '\'{"name": ["a", "b"]}\'',
        },
    )
