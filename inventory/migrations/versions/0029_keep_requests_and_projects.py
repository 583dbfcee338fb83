"""Keep requests, how they are approved, and projects.

Revision: 0029, after 0028.
"""

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


#: Who approves, until the bureau says otherwise: by stage and affiliation as the plans divide it
#: (普通高中、中等职业学校、特殊教育学校由市组织; 其余按隶属关系), with a second signature for much money.
_ROUTES = (
    (
        "City: senior secondary, vocational, special",
        '["senior_secondary", "special", "vocational"]',
        None,
        "0",
        None,
        '[{"role": "city_it", "level": "city"}]',
    ),
    ("City: its own schools", "[]", "city", "0", None, '[{"role": "city_it", "level": "city"}]'),
    (
        "County and township, below 200,000",
        "[]",
        None,
        "0",
        "200000",
        '[{"role": "county_it", "level": "county"}]',
    ),
    (
        "County and township, from 200,000",
        "[]",
        None,
        "200000",
        None,
        '[{"role": "county_it", "level": "county"}, {"role": "city_it", "level": "city"}]',
    ),
)


def upgrade() -> None:
    op.create_table(
        "approval_route",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("stages", sa.String(), nullable=False),
        sa.Column("affiliation", sa.String(length=32), nullable=True),
        sa.Column("amount_from_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("amount_below_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("approvers", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_route")),
        sa.UniqueConstraint("position", name=op.f("uq_approval_route_position")),
    )
    op.create_table(
        "procurement_project",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column("budget_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_by", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tender_number", sa.String(length=64), nullable=False),
        sa.Column("contract_number", sa.String(length=64), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("ceiling_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["app_user.id"], name=op.f("fk_procurement_project_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_procurement_project_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_project")),
        sa.UniqueConstraint("number", name=op.f("uq_procurement_project_number")),
    )
    op.create_index(
        op.f("ix_procurement_project_created_at"),
        "procurement_project",
        ["created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_project_organisation_code"),
        "procurement_project",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "equipment_request",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("total_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_by", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=20), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("duplicates_seen", sa.String(length=2000), nullable=False),
        sa.Column("quote_attachment_id", sa.String(length=20), nullable=True),
        sa.Column("project_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["app_user.id"], name=op.f("fk_equipment_request_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["procurement_project.id"], name=op.f("fk_equipment_request_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_equipment_request_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["app_user.id"], name=op.f("fk_equipment_request_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_request")),
        sa.UniqueConstraint("number", name=op.f("uq_equipment_request_number")),
    )
    op.create_index(
        op.f("ix_equipment_request_created_at"), "equipment_request", ["created_at"], unique=False
    )
    op.create_index(
        op.f("ix_equipment_request_project_id"), "equipment_request", ["project_id"], unique=False
    )
    op.create_index(
        op.f("ix_equipment_request_school_code"), "equipment_request", ["school_code"], unique=False
    )
    op.create_table(
        "project_line",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("project_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("catalogue_id", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("warranty_months", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalogue_id"], ["catalogue_model.id"], name=op.f("fk_project_line_catalogue_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["procurement_project.id"], name=op.f("fk_project_line_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_line")),
    )
    op.create_index(
        op.f("ix_project_line_catalogue_id"), "project_line", ["catalogue_id"], unique=False
    )
    op.create_index(
        op.f("ix_project_line_project_id"), "project_line", ["project_id"], unique=False
    )
    op.create_table(
        "project_stage",
        sa.Column("project_id", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=False),
        sa.Column("submitted_by", sa.String(length=20), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=20), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["app_user.id"], name=op.f("fk_project_stage_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["procurement_project.id"], name=op.f("fk_project_stage_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["app_user.id"], name=op.f("fk_project_stage_submitted_by")
        ),
        sa.PrimaryKeyConstraint("project_id", "stage", name=op.f("pk_project_stage")),
    )
    op.create_table(
        "request_approval",
        sa.Column("request_id", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("decided_by", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_request_approval_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_request_approval_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["equipment_request.id"], name=op.f("fk_request_approval_request_id")
        ),
        sa.PrimaryKeyConstraint(
            "request_id", "round", "position", name=op.f("pk_request_approval")
        ),
    )
    op.create_index(
        op.f("ix_request_approval_organisation_code"),
        "request_approval",
        ["organisation_code"],
        unique=False,
    )
    op.create_table(
        "request_line",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("catalogue_id", sa.String(), nullable=True),
        sa.Column("specification", sa.String(length=500), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_cny", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("room_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["catalogue_id"], ["catalogue_model.id"], name=op.f("fk_request_line_catalogue_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["equipment_request.id"], name=op.f("fk_request_line_request_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_request_line_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_line")),
    )
    op.create_index(
        op.f("ix_request_line_catalogue_id"), "request_line", ["catalogue_id"], unique=False
    )
    op.create_index(
        op.f("ix_request_line_request_id"), "request_line", ["request_id"], unique=False
    )
    op.create_index(op.f("ix_request_line_room_id"), "request_line", ["room_id"], unique=False)

    routes = sa.table(
        "approval_route",
        *(
            sa.column(name)
            for name in (
                "id",
                "position",
                "name",
                "stages",
                "affiliation",
                "approvers",
            )
        ),
        sa.column("amount_from_cny", sa.Numeric(14, 2)),
        sa.column("amount_below_cny", sa.Numeric(14, 2)),
    )
    op.bulk_insert(
        routes,
        [
            {
                "id": f"route{position}",
                "position": position,
                "name": name,
                "stages": stages,
                "affiliation": affiliation,
                "amount_from_cny": Decimal(least),
                "amount_below_cny": None if below is None else Decimal(below),
                "approvers": approvers,
            }
            for position, (name, stages, affiliation, least, below, approvers) in enumerate(
                _ROUTES, 1
            )
        ],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_request_line_room_id"), table_name="request_line")
    op.drop_index(op.f("ix_request_line_request_id"), table_name="request_line")
    op.drop_index(op.f("ix_request_line_catalogue_id"), table_name="request_line")
    op.drop_table("request_line")
    op.drop_index(op.f("ix_request_approval_organisation_code"), table_name="request_approval")
    op.drop_table("request_approval")
    op.drop_table("project_stage")
    op.drop_index(op.f("ix_project_line_project_id"), table_name="project_line")
    op.drop_index(op.f("ix_project_line_catalogue_id"), table_name="project_line")
    op.drop_table("project_line")
    op.drop_index(op.f("ix_equipment_request_school_code"), table_name="equipment_request")
    op.drop_index(op.f("ix_equipment_request_project_id"), table_name="equipment_request")
    op.drop_index(op.f("ix_equipment_request_created_at"), table_name="equipment_request")
    op.drop_table("equipment_request")
    op.drop_index(
        op.f("ix_procurement_project_organisation_code"), table_name="procurement_project"
    )
    op.drop_index(op.f("ix_procurement_project_created_at"), table_name="procurement_project")
    op.drop_table("procurement_project")
    op.drop_table("approval_route")
