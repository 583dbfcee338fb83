"""A school keeps its code for ever, whoever writes to the database.

Revision: 0002, after 0001.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER school_code_immutable BEFORE UPDATE OF code ON school WHEN OLD.code <> NEW.code
BEGIN SELECT RAISE(ABORT, 'a school keeps its code for ever'); END
"""
POSTGRESQL = (
    """
    CREATE FUNCTION school_code_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a school keeps its code for ever'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER school_code_immutable BEFORE UPDATE OF code ON school FOR EACH ROW
    WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION school_code_immutable()
    """,
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in POSTGRESQL:
            op.execute(statement)
    else:
        op.execute(SQLITE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER school_code_immutable ON school")
        op.execute("DROP FUNCTION school_code_immutable()")
    else:
        op.execute("DROP TRIGGER school_code_immutable")
