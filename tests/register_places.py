"""Where things stand in the register of ``tests.register``, who looks after them, and the boxes."""

from controller.auth.tokens import token_hash
from tests.register_rows import COUNTIES, TOWNSHIPS, Rows, Size

#: Bearer tokens of two people: one sees the whole city, one the first county.
CITY_TOKEN, COUNTY_TOKEN = "token-of-the-city", "token-of-the-county"


def fill_places(rows: Rows, size: Size) -> None:
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


def fill_people(rows: Rows) -> None:
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


def fill_agents(rows: Rows, size: Size) -> None:
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
