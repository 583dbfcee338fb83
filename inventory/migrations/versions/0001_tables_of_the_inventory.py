"""Tables of the inventory.

Revision: 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_batch_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spool_batches", sa.BigInteger(), nullable=False),
        sa.Column("spool_bytes", sa.BigInteger(), nullable=False),
        sa.Column("spool_dropped", sa.BigInteger(), nullable=False),
        sa.Column("clock_skew_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
    )
    op.create_index(op.f("ix_agent_secret_hash"), "agent", ["secret_hash"], unique=True)
    op.create_table(
        "app_user",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
    )
    op.create_index(op.f("ix_app_user_login"), "app_user", ["login"], unique=True)
    op.create_table(
        "enrolment_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_enrolment_token")),
    )
    op.create_table(
        "organisation",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(code) BETWEEN 1 AND 32 AND ltrim(code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-') = ''",
            name=op.f("ck_organisation_code"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["organisation.code"], name=op.f("fk_organisation_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_organisation")),
    )
    op.create_index(
        op.f("ix_organisation_parent_code"), "organisation", ["parent_code"], unique=False
    )
    op.create_index(op.f("ix_organisation_path"), "organisation", ["path"], unique=True)
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "bandwidthtarget",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("metric", sa.String(length=32), nullable=False),
        sa.Column("mbps", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("medium", sa.String(length=32), nullable=True),
        sa.Column("setting", sa.String(length=32), nullable=True),
        sa.Column("form", sa.String(length=32), nullable=True),
        sa.Column("organisation_code", sa.String(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisation.code"],
            name=op.f("fk_bandwidthtarget_organisation_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bandwidthtarget")),
    )
    op.create_table(
        "role_grant",
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column(
            "scope_path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_role_grant_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role", "scope_path", name=op.f("pk_role_grant")),
    )
    op.create_table(
        "school",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("organisation_code", sa.String(), nullable=False),
        sa.Column(
            "path",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("setting", sa.String(length=32), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("lead_school_code", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("students", sa.Integer(), nullable=False),
        sa.Column("teachers", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "length(code) BETWEEN 4 AND 32 AND ltrim(code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-') = ''",
            name=op.f("ck_school_code"),
        ),
        sa.ForeignKeyConstraint(
            ["lead_school_code"], ["school.code"], name=op.f("fk_school_lead_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"], ["organisation.code"], name=op.f("fk_school_organisation_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_school")),
    )
    op.create_index(
        op.f("ix_school_lead_school_code"), "school", ["lead_school_code"], unique=False
    )
    op.create_index(
        op.f("ix_school_organisation_code"), "school", ["organisation_code"], unique=False
    )
    op.create_index(op.f("ix_school_path"), "school", ["path"], unique=True)
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_web_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], unique=False)
    op.create_table(
        "agent_school",
        sa.Column("agent_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_agent_school_agent_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_agent_school_school_code")
        ),
        sa.PrimaryKeyConstraint("agent_id", "school_code", name=op.f("pk_agent_school")),
    )
    op.create_index(
        op.f("ix_agent_school_school_code"), "agent_school", ["school_code"], unique=False
    )
    op.create_table(
        "broker",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=True),
        sa.Column("password_secret", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_broker_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broker")),
    )
    op.create_index(op.f("ix_broker_school_code"), "broker", ["school_code"], unique=False)
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_credential_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    op.create_index(op.f("ix_credential_school_code"), "credential", ["school_code"], unique=False)
    op.create_table(
        "enrolment_token_school",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("school_code", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_enrolment_token_school_school_code")
        ),
        sa.ForeignKeyConstraint(
            ["token_hash"],
            ["enrolment_token.token_hash"],
            name=op.f("fk_enrolment_token_school_token_hash"),
        ),
        sa.PrimaryKeyConstraint(
            "token_hash", "school_code", name=op.f("pk_enrolment_token_school")
        ),
    )
    op.create_index(
        op.f("ix_enrolment_token_school_school_code"),
        "enrolment_token_school",
        ["school_code"],
        unique=False,
    )
    op.create_table(
        "room",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["school_code"], ["school.code"], name=op.f("fk_room_school_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index(op.f("ix_room_school_code"), "room", ["school_code"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("room_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("vendor", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("asset_number", sa.String(), nullable=True),
        sa.Column("lifecycle", sa.String(length=32), nullable=False),
        sa.Column("protocol", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("udp_port", sa.Integer(), nullable=False),
        sa.Column("driver", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("mqtt_profile", sa.String(), nullable=True),
        sa.Column("mqtt_client", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_device_credential_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_device_room_id")),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_device_school_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_asset_number"), "device", ["asset_number"], unique=False)
    op.create_index("ix_device_name_id", "device", ["name", "id"], unique=False)
    op.create_index(op.f("ix_device_room_id"), "device", ["room_id"], unique=False)
    op.create_index(op.f("ix_device_school_code"), "device", ["school_code"], unique=False)
    op.create_index(op.f("ix_device_serial"), "device", ["serial"], unique=False)
    op.create_table(
        "device_state",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("vitals_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cpu_ratio", sa.Float(), nullable=True),
        sa.Column("memory_used_ratio", sa.Float(), nullable=True),
        sa.Column("temperature_celsius", sa.Float(), nullable=True),
        sa.Column("uptime_seconds", sa.Float(), nullable=True),
        sa.Column("facts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ports_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ports_down", sa.String(), nullable=False),
        sa.Column("other_serial", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_device_state_agent_id")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_state_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["school_code"], ["school.code"], name=op.f("fk_device_state_school_code")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_state")),
    )
    op.create_index(op.f("ix_device_state_agent_id"), "device_state", ["agent_id"], unique=False)
    op.create_index(
        op.f("ix_device_state_school_code"), "device_state", ["school_code"], unique=False
    )
    op.create_table(
        "line",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("school_code", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("circuit", sa.String(), nullable=False),
        sa.Column("medium", sa.String(length=32), nullable=False),
        sa.Column("down_mbps", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("up_mbps", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("yearly_fee_cny", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("hotline", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("port_name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_line_device_id")),
        sa.ForeignKeyConstraint(["school_code"], ["school.code"], name=op.f("fk_line_school_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
    )
    op.create_index(op.f("ix_line_device_id"), "line", ["device_id"], unique=False)
    op.create_index(op.f("ix_line_school_code"), "line", ["school_code"], unique=False)
    op.create_table(
        "port",
        sa.Column("device_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("alias", sa.String(), nullable=True),
        sa.Column("type", sa.Integer(), nullable=True),
        sa.Column("speed_bits_per_second", sa.BigInteger(), nullable=True),
        sa.Column("admin", sa.String(), nullable=True),
        sa.Column("oper", sa.String(), nullable=True),
        sa.Column("mac", sa.String(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_port_device_id")),
        sa.PrimaryKeyConstraint("device_id", "name", name=op.f("pk_port")),
    )


def downgrade() -> None:
    op.drop_table("port")
    op.drop_index(op.f("ix_line_school_code"), table_name="line")
    op.drop_index(op.f("ix_line_device_id"), table_name="line")
    op.drop_table("line")
    op.drop_index(op.f("ix_device_state_school_code"), table_name="device_state")
    op.drop_index(op.f("ix_device_state_agent_id"), table_name="device_state")
    op.drop_table("device_state")
    op.drop_index(op.f("ix_device_serial"), table_name="device")
    op.drop_index(op.f("ix_device_school_code"), table_name="device")
    op.drop_index(op.f("ix_device_room_id"), table_name="device")
    op.drop_index("ix_device_name_id", table_name="device")
    op.drop_index(op.f("ix_device_asset_number"), table_name="device")
    op.drop_table("device")
    op.drop_index(op.f("ix_room_school_code"), table_name="room")
    op.drop_table("room")
    op.drop_index(
        op.f("ix_enrolment_token_school_school_code"), table_name="enrolment_token_school"
    )
    op.drop_table("enrolment_token_school")
    op.drop_index(op.f("ix_credential_school_code"), table_name="credential")
    op.drop_table("credential")
    op.drop_index(op.f("ix_broker_school_code"), table_name="broker")
    op.drop_table("broker")
    op.drop_index(op.f("ix_agent_school_school_code"), table_name="agent_school")
    op.drop_table("agent_school")
    op.drop_index(op.f("ix_web_session_user_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index(op.f("ix_school_path"), table_name="school")
    op.drop_index(op.f("ix_school_organisation_code"), table_name="school")
    op.drop_index(op.f("ix_school_lead_school_code"), table_name="school")
    op.drop_table("school")
    op.drop_table("role_grant")
    op.drop_table("bandwidthtarget")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(op.f("ix_organisation_path"), table_name="organisation")
    op.drop_index(op.f("ix_organisation_parent_code"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_table("enrolment_token")
    op.drop_index(op.f("ix_app_user_login"), table_name="app_user")
    op.drop_table("app_user")
    op.drop_index(op.f("ix_agent_secret_hash"), table_name="agent")
    op.drop_table("agent")
