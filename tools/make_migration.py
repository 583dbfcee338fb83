"""Write the migration from the newest script to the tables as they are: ``make migration``.

    make migration m="Add the end of the warranty"

The script is compared and named against an empty SQLite database brought to the newest revision.
Read it before committing it, and try it on PostgreSQL (``pytest tests/inventory``).
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

import alerts.models  # noqa: F401 - its tables are part of the database
import controller.metrics.victoria.tables  # noqa: F401 - and so are these
from inventory.database import make_engine
from inventory.migrations import configuration, upgrade


def main(message: str) -> None:
    config = configuration()
    number = sum(1 for _ in ScriptDirectory.from_config(config).walk_revisions()) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'empty.db'}"
        if number > 1:
            upgrade(url)
        engine = make_engine(url)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    for written in script if isinstance(script, list) else [script]:
        if written is not None:
            path = Path(written.path)
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(line for line in lines if "# ###" not in line))


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit('Say what it does: python tools/make_migration.py "Add a column for …"')
    main(sys.argv[1])
