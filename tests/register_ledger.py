"""What five years of work leave in the register of ``tests.register``: lists of everything else.

Requests, projects and orders, budgets, contradictions, a stock-taking of the whole city, standards,
people, the audit trail: in the proportions of a city of 2,000 schools, and of as many schools as
there are. Ids: requests ``q000000``, projects ``j0000``, orders ``o0000``, programmes ``m0000``,
campaigns ``k0000``.
"""

from datetime import datetime

from sqlalchemy import Connection

from tests.register import COUNTIES, Rows, Size
from tests.register_checks import KINDS, fill_checks, fill_records, fill_trail

_CATEGORIES, _YEARS, _STAGES = 8, 5, 7


def fill_ledger(connection: Connection, size: Size, now: datetime) -> None:
    """Fill it, after ``tests.register.fill``; the caller commits."""
    rows = Rows(connection, now)
    rows.trust()
    fill_records(rows, size)
    _fill_procurement(rows, size)
    _fill_movements(rows, size)
    _fill_money(rows, size)
    fill_checks(rows, size)
    fill_trail(rows, size)
    rows.analyse()


def _fill_procurement(rows: Rows, size: Size) -> None:
    requests, projects, orders = size.schools * 5, max(4, size.schools // 4), size.schools * 2
    school = rows.numbered("S", f"i % {size.schools}", 4)
    rows.add(
        "procurement_project",
        projects,
        {
            "id": rows.numbered("j", digits=4),
            "number": rows.numbered("P-"),
            "title": "'Project ' || i",
            "form": "CASE i % 4 WHEN 0 THEN 'framework' ELSE 'tender' END",
            "organisation_code": rows.numbered("33", f"i % {COUNTIES}", 2) + " || 'C'",
            "budget_cny": "1000000",
            "created_by": "'u0000'",
            "created_at": rows.ago("i * 80000"),
            "tender_number": "'T-' || i",
            "contract_number": "'C-' || i",
            "supplier": "'Supplier ' || (i % 40)",
        },
    )
    stages = ("technical_standard", "planning_review", "budget", "contract")
    stages += ("completion_acceptance", "operation", "evaluation")
    named = " ".join(f"WHEN {place} THEN '{stage}'" for place, stage in enumerate(stages))
    rows.add(
        "project_stage",
        projects * _STAGES,
        {
            "project_id": rows.numbered("j", f"i / {_STAGES}", 4),
            "stage": f"CASE i % {_STAGES} {named} END",
            "state": f"CASE WHEN i % {_STAGES} < i / {_STAGES} % 8 THEN 'approved'"
            " ELSE 'waiting' END",
            "note": "''",
        },
    )
    rows.add(
        "project_line",
        projects * 4,
        {
            "id": rows.numbered("n"),
            "project_id": rows.numbered("j", "i / 4", 4),
            "position": "i % 4",
            "name": "'Item ' || i",
            "kind": KINDS,
            "quantity": "100",
            "unit_price_cny": "5000",
            "warranty_months": "36",
        },
    )
    rows.add(
        "equipment_request",
        requests,
        {
            "id": rows.numbered("q"),
            "number": rows.numbered("R-"),
            "school_code": school,
            "title": "'Request ' || i",
            "reason": "'old'",
            "state": "CASE i % 10 WHEN 0 THEN 'draft' WHEN 1 THEN 'submitted'"
            " WHEN 2 THEN 'rejected' ELSE 'planned' END",
            "total_cny": "5000 + i",
            "created_by": "'u0000'",
            "created_at": rows.ago("i * 15000"),
            "submitted_by": "CASE WHEN i % 10 > 0 THEN 'u0000' END",
            "submitted_at": f"CASE WHEN i % 10 > 0 THEN {rows.ago('i * 15000 - 100')} END",
            "round": "1",
            "duplicates_seen": "''",
            "project_id": "CASE WHEN i % 10 > 2 THEN"
            f" {rows.numbered('j', f'i % {projects}', 4)} END",
        },
    )
    rows.add(
        "request_line",
        requests * 2,
        {
            "id": rows.numbered("b"),
            "request_id": rows.numbered("q", "i / 2"),
            "position": "i % 2",
            "kind": KINDS,
            "specification": "''",
            "quantity": "1 + i % 40",
            "unit_price_cny": "5000",
            "reason": "''",
        },
    )
    rows.add(
        "request_approval",
        requests,
        {
            "request_id": rows.numbered("q"),
            "round": "1",
            "position": "0",
            "role": "'county_it'",
            "organisation_code": rows.numbered("33", f"i % {COUNTIES}", 2) + " || 'C'",
            "decision": "CASE WHEN i % 10 > 2 THEN 'approve' WHEN i % 10 = 2 THEN 'reject' END",
            "decided_by": "CASE WHEN i % 10 > 1 THEN 'u0000' END",
            "decided_at": f"CASE WHEN i % 10 > 1 THEN {rows.ago('i * 15000 - 200')} END",
            "comment": "''",
        },
        where="i % 10 > 0",
    )
    rows.add(
        "purchase_order",
        orders,
        {
            "id": rows.numbered("o", digits=4),
            "number": rows.numbered("O-"),
            "project_id": rows.numbered("j", f"i % {projects}", 4),
            "school_code": school,
            "state": "CASE i % 5 WHEN 0 THEN 'placed' ELSE 'accepted' END",
            "total_cny": "50000",
            "placed_by": "'u0000'",
            "placed_at": rows.ago("i * 40000"),
            "inspectors": "''",
            "conclusion": "''",
        },
    )
    rows.add(
        "order_line",
        orders * 2,
        {
            "id": rows.numbered("w"),
            "order_id": rows.numbered("o", "i / 2", 4),
            "position": "i % 2",
            "project_line_id": rows.numbered("n", f"i / 2 % {projects} * 4 + i % 2"),
            "quantity": "5",
            "unit_price_cny": "5000",
        },
    )


def _fill_movements(rows: Rows, size: Size) -> None:
    one = rows.numbered("S", f"i % {size.schools}", 4)
    other = rows.numbered("S", f"(i + 1) % {size.schools}", 4)
    common = {"reason": "'old'", "created_by": "'u0000'", "created_at": rows.ago("i * 60000")}
    rows.add(
        "device_transfer",
        size.schools,
        {
            "id": rows.numbered("v"),
            "number": rows.numbered("V-"),
            "from_school_code": one,
            "to_school_code": other,
            "state": "CASE i % 5 WHEN 0 THEN 'proposed' ELSE 'done' END",
            **common,
        },
    )
    rows.add(
        "device_disposal",
        size.schools,
        {
            "id": rows.numbered("z"),
            "number": rows.numbered("Z-"),
            "school_code": one,
            "state": "CASE i % 5 WHEN 0 THEN 'proposed' ELSE 'done' END",
            "appraisal": "''",
            **common,
        },
    )
    item = rows.numbered("d", f"i % {size.schools} * {size.devices} + 40 + i / {size.schools}")
    for table, key, letter in (
        ("transfer_item", "transfer_id", "v"),
        ("disposal_item", "disposal_id", "z"),
    ):
        parent = rows.numbered(letter, f"i % {size.schools}")
        rows.add(table, size.schools * 5, {key: parent, "device_id": item})


def _fill_money(rows: Rows, size: Size) -> None:
    programmes = 2 * COUNTIES
    rows.add(
        "programme",
        programmes,
        {
            "id": rows.numbered("m", digits=4),
            "organisation_code": rows.numbered("33", f"i % {COUNTIES}", 2) + " || 'C'",
            "name": "'Programme ' || i",
            "plan": "''",
            "calendar": "'fiscal'",
            "first_year": "2023",
            "last_year": "2027",
            "to_be_confirmed": "false",
            "created_at": rows.ago("86400"),
        },
    )
    rows.add(
        "programme_party",
        programmes * 2,
        {
            "programme_id": rows.numbered("m", "i / 2", 4),
            "position": "i % 2",
            "name": "CASE i % 2 WHEN 0 THEN 'City' ELSE 'County' END",
            "weight": "CASE i % 2 WHEN 0 THEN 20 ELSE 80 END",
            "reimburses": "i % 2 = 0",
        },
    )
    category = f"'c' || (i % {_CATEGORIES})"
    rows.add(
        "programme_category",
        programmes * _CATEGORIES,
        {
            "programme_id": rows.numbered("m", f"i / {_CATEGORIES}", 4),
            "code": category,
            "position": f"i % {_CATEGORIES}",
            "name": f"'Category ' || (i % {_CATEGORIES})",
            "name_en": "''",
        },
    )
    each = _CATEGORIES * _YEARS
    rows.add(
        "budget_line",
        programmes * each,
        {
            "programme_id": rows.numbered("m", f"i / {each}", 4),
            "year": f"2023 + i % {each} / {_CATEGORIES}",
            "category": category,
            "from_cny": "100000000",
            "to_cny": "100000000",
            "note": "''",
        },
    )
    rows.add(
        "budget_entry",
        size.schools * 10,
        {
            "id": rows.numbered("h"),
            "programme_id": rows.numbered("m", f"i / {_CATEGORIES} % {programmes}", 4),
            "category": category,
            "year": f"2023 + i % {_YEARS}",
            "booked_on": rows.days_ago("i % 1000"),
            "amount_cny": "500000 + i",
            "reference": "'E-' || i",
            "note": "''",
            "school_code": rows.numbered("S", f"i % {size.schools}", 4),
            "made_at": rows.ago("i * 100"),
        },
    )
