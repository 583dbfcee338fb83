"""Let bound standards take the place of targets, and keep planned tests.

Every plan of the old table becomes a standard of one's own, bound where its targets were. The table
itself stays for controllers of the release before, and goes with the next one.

Revision: 0047, after 0046.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_BY = "migration 0047"
_targets = sa.table(
    "bandwidthtarget",
    *(sa.column(name, sa.String()) for name in ("id", "plan", "quote", "version", "metric")),
    sa.column("mbps", sa.Numeric(10, 3)),
    *(sa.column(name, sa.String()) for name in ("medium", "setting", "form", "organisation_code")),
    sa.column("effective_from", sa.Date()),
    sa.column("effective_until", sa.Date()),
)
_kept = sa.table(
    "kept_standard",
    *(sa.column(name, sa.String()) for name in ("id", "code", "title", "organisation_code")),
    sa.column("version", sa.Integer()),
    sa.column("shipped", sa.Boolean()),
    *(sa.column(name, sa.String()) for name in ("copied_from", "document", "fingerprint")),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("made_by", sa.String()),
)
_bindings = sa.table(
    "standard_binding",
    *(sa.column(name, sa.String()) for name in ("id", "standard_id", "organisation_code")),
    sa.column("valid_from", sa.Date()),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("made_by", sa.String()),
)


def upgrade() -> None:
    op.create_table(
        "planned_test",
        sa.Column("line_id", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stands_for", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["line_id"], ["line.id"], name=op.f("fk_planned_test_line_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_planned_test_school_code")
        ),
        sa.PrimaryKeyConstraint("line_id", "at", name=op.f("pk_planned_test")),
    )
    op.create_index("ix_planned_test_at", "planned_test", ["at"], unique=False)
    op.create_index(
        "ix_planned_test_school_code_at", "planned_test", ["school_code", "at"], unique=False
    )
    op.create_table(
        "line_schedule",
        sa.Column("line_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.Column("planned_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["line.id"], name=op.f("fk_line_schedule_line_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_line_schedule_school_code")
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_line_schedule")),
    )
    op.create_index(
        op.f("ix_line_schedule_school_code"), "line_schedule", ["school_code"], unique=False
    )
    _copy()


def downgrade() -> None:
    _take_back()
    op.drop_index(op.f("ix_line_schedule_school_code"), table_name="line_schedule")
    op.drop_table("line_schedule")
    op.drop_index("ix_planned_test_school_code_at", table_name="planned_test")
    op.drop_index("ix_planned_test_at", table_name="planned_test")
    op.drop_table("planned_test")


def _copy() -> None:
    database = op.get_bind()
    plans: dict[tuple[str, str, str | None], list[Any]] = defaultdict(list)
    for row in database.execute(sa.select(_targets).order_by(_targets.c.id)):
        plans[row.plan, row.version, row.organisation_code].append(row)
    organisation = sa.table("organisation", sa.column("code"), sa.column("parent_code"))
    tops = sa.select(organisation.c.code).where(organisation.c.parent_code.is_(None))
    # What held for everybody holds below every bureau that nobody stands above.
    everybody = sorted(database.scalars(tops)) if plans else []
    now = datetime.now(UTC)
    made = 0
    for (plan, version, owner), rows in plans.items():
        for part in range(0, len(rows), 100):
            made += 1
            document = _document(f"targets-{made}", f"{plan} ({version})", rows[part : part + 100])
            text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            kept = {
                "id": f"st-0047-{made}",
                "code": document["code"],
                "version": 1,
                "title": document["plan"],
                "organisation_code": owner,
                "shipped": False,
                "copied_from": "",
                "document": text,
                "fingerprint": sha256(text.encode()).hexdigest(),
                "made_at": now,
                "made_by": _BY,
            }
            database.execute(_kept.insert().values(kept))
            for place, code in enumerate([owner] if owner else everybody):
                binding = {
                    "id": f"sb-0047-{made}-{place}",
                    "standard_id": kept["id"],
                    "organisation_code": code,
                    "valid_from": min(row.effective_from for row in rows),
                    "made_at": now,
                    "made_by": _BY,
                }
                database.execute(_bindings.insert().values(binding))


def _document(code: str, plan: str, rows: list[Any]) -> dict[str, Any]:
    """A standard as ``inventory.standards.documents`` wrote it when this was released."""
    plan = plan[:500]
    return {
        "code": code,
        "version": 1,
        "plan": plan,
        "plan_translation": plan,
        "year": None,
        "caveats": [],
        "caveats_translation": [],
        "questions": [],
        "targets": [_target(f"target_{place}", row) for place, row in enumerate(rows, 1)],
    }


def _target(name: str, row: Any) -> dict[str, Any]:
    quote = row.quote.strip()[:500] or row.plan[:500]
    return {
        "id": name,
        "quote": quote,
        "translation": quote,
        "measure": row.metric,
        "value": f"{Decimal(row.mbps):f}",
        "unit": "Mbit/s",
        "comparison": "at_least",
        "holder": "school",
        "scope": {
            "stages": [],
            "settings": [row.setting] if row.setting else [],
            "forms": [row.form] if row.form else [],
            "public": None,
        },
        "flow": None,
        "medium": row.medium if row.metric == "access" else None,
        "effective_from": row.effective_from.isoformat(),
        "effective_until": row.effective_until.isoformat() if row.effective_until else None,
        "needs": [],
        "baseline": False,
        "caveat": "",
        "caveat_translation": "",
    }


def _take_back() -> None:
    """Forget the copies; the targets are where they were."""
    database = op.get_bind()
    copies = sa.select(_kept.c.id).where(_kept.c.made_by == _BY).scalar_subquery()
    answers = sa.table("standard_answer", sa.column("standard_id"))
    for table in (answers, _bindings):
        database.execute(table.delete().where(table.c.standard_id.in_(copies)))
    database.execute(_kept.delete().where(_kept.c.made_by == _BY))
