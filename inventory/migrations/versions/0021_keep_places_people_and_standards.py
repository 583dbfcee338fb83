"""Keep campuses and buildings, yearly figures, staff, equipment standards, what becomes of schools.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

from inventory.ids import new_id

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KINDS = (
    "classroom",
    "computer_room",
    "maker_space",
    "lecture_recording_room",
    "laboratory",
    "digital_lab",
    "office",
    "server_room",
    "library",
    "hall",
    "other",
)


def upgrade() -> None:
    _make_places()
    _make_figures_and_staff()
    _make_standards()
    _make_changes()
    _link_rooms()


def _make_places() -> None:
    op.create_table(
        "campus",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_campus_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campus")),
        sa.UniqueConstraint("school_code", "name", name="uq_campus_school_code_name"),
    )
    op.create_index(op.f("ix_campus_school_code"), "campus", ["school_code"])
    op.create_table(
        "building",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("campus_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("floors", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campus_id"], ["campus.id"], name=op.f("fk_building_campus_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_building_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("school_code", "name", name="uq_building_school_code_name"),
    )
    op.create_index(op.f("ix_building_campus_id"), "building", ["campus_id"])
    op.create_index(op.f("ix_building_school_code"), "building", ["school_code"])


def _make_figures_and_staff() -> None:
    op.create_table(
        "school_figures",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("teachers", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_school_figures_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_figures")),
        sa.UniqueConstraint(
            "school_code",
            "school_year",
            "taken_on",
            name="uq_school_figures_school_code_school_year_taken_on",
        ),
    )
    op.create_index(op.f("ix_school_figures_school_code"), "school_figures", ["school_code"])
    op.create_table(
        "staff_member",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("certificate_name", sa.String(length=200), nullable=False),
        sa.Column("certificate_level", sa.String(length=32), nullable=True),
        sa.Column("certificate_number", sa.String(length=100), nullable=False),
        sa.Column("certificate_expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_staff_member_school_code")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_staff_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
    )
    op.create_index(op.f("ix_staff_member_school_code"), "staff_member", ["school_code"])
    op.create_index(op.f("ix_staff_member_user_id"), "staff_member", ["user_id"])


def _make_standards() -> None:
    op.create_table(
        "equipment_rule",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("standard", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("quote", sa.String(length=500), nullable=False),
        sa.Column("organisation_code", sa.String(length=32), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.Column("setting", sa.String(length=32), nullable=True),
        sa.Column("classes_from", sa.Integer(), nullable=True),
        sa.Column("classes_to", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("room_kind", sa.String(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("per", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.String(length=400), nullable=False),
        sa.Column("placed_in", sa.String(length=400), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_equipment_rule_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_rule")),
    )
    op.create_index(
        op.f("ix_equipment_rule_organisation_code"), "equipment_rule", ["organisation_code"]
    )


def _make_changes() -> None:
    op.create_table(
        "school_change",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("successor_code", sa.String(), nullable=True),
        sa.Column("from_organisation_code", sa.String(length=32), nullable=True),
        sa.Column("to_organisation_code", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_school_change_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["successor_code"], ["school.code"], name=op.f("fk_school_change_successor_code")
        ),
        sa.ForeignKeyConstraint(
            ["to_organisation_code"],
            ["organisation.code"],
            name=op.f("fk_school_change_to_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_change")),
    )
    for column in ("school_code", "successor_code", "takes_effect_on"):
        op.create_index(op.f(f"ix_school_change_{column}"), "school_change", [column])
    op.add_column("school", sa.Column("closed_on", sa.Date(), nullable=True))
    # In words, because SQLite adds a foreign key only together with its column.
    op.execute(
        "ALTER TABLE school ADD COLUMN successor_code VARCHAR"
        " CONSTRAINT fk_school_successor_code REFERENCES school (code)"
    )
    op.create_index(op.f("ix_school_successor_code"), "school", ["successor_code"])


def _link_rooms() -> None:
    """Rooms of a kind of the list, each in a building with a row: a school has a few dozen."""
    op.add_column("room", sa.Column("floor", sa.Integer(), nullable=True))
    op.add_column("room", sa.Column("area_square_metres", sa.Numeric(8, 2), nullable=True))
    op.add_column("room", sa.Column("seats", sa.Integer(), nullable=True))
    op.execute(
        "ALTER TABLE room ADD COLUMN building_id VARCHAR"
        " CONSTRAINT fk_room_building_id REFERENCES building (id)"
    )
    op.create_index(op.f("ix_room_building_id"), "room", ["building_id"])
    room = sa.table("room", sa.column("school_code"), sa.column("building"), sa.column("kind"))
    building = sa.table(
        "building", *(sa.column(name) for name in ("id", "school_code", "name", "campus_id"))
    )
    connection = op.get_bind()
    named = sa.select(room.c.school_code, room.c.building).where(room.c.building != "").distinct()
    rows = [
        {"id": new_id("bd"), "school_code": school, "name": name[:100]}
        for school, name in connection.execute(named)
    ]
    if rows:
        connection.execute(sa.insert(building), rows)
    op.execute(
        "UPDATE room SET building_id = (SELECT building.id FROM building"
        " WHERE building.school_code = room.school_code AND building.name = room.building)"
        " WHERE building <> ''"
    )
    op.execute("UPDATE room SET kind = 'server_room' WHERE kind IN ('network', 'wiring', 'server')")
    op.execute(sa.update(room).where(room.c.kind.not_in(_KINDS)).values(kind="other"))


def downgrade() -> None:
    op.drop_index(op.f("ix_room_building_id"), table_name="room")
    for name in ("building_id", "seats", "area_square_metres", "floor"):
        op.drop_column("room", name)
    op.drop_index(op.f("ix_school_successor_code"), table_name="school")
    for name in ("successor_code", "closed_on"):
        op.drop_column("school", name)
    for table in (
        "school_change",
        "equipment_rule",
        "staff_member",
        "school_figures",
        "building",
        "campus",
    ):
        op.drop_table(table)
