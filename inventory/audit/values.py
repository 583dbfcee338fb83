"""What of a row goes into the trail: which tables, which columns, and values as JSON."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

#: What stands for a secret.
MASK = "••••"
#: Characters of a text that are kept.
MAX_TEXT = 500
#: Tables that no person writes, or that keep a history of their own. Everything else is the
#: register: a new table is in the trail without anybody's doing.
MACHINES = frozenset(
    {"agent_command", "alert", "audit_change", "command_attachment", "component"}
    | {"configuration_text", "device_configuration", "device_event", "device_review"}
    | {
        "device_search",
        "device_state",
        "device_usage",
        "login_failure",
        "metric_journal",
        "metric_run",
    }
    | {"edition_document", "edition_run", "edition_school"}
    | {"import_mapping", "import_run", "import_upload"}
    | {
        "neighbour",
        "packed_school",
        "packed_time",
        "page_change",
        "plan_change",
        "port",
        "procurement_number",
    }
    | {"quarantined_batch", "quarantined_body", "school_summary", "search_document"}
    | {"search_stale", "stock_expected", "summary_time", "ticket_event", "ticket_number"}
    | {"notice", "notice_event"}
    | {"edition_notice", "report_attempt", "report_sending", "web_session"}
)
#: Columns that say nothing: counted by the trail itself, or by jobs.
_OMITTED = frozenset({"revision", "status_rank"})
_SECRET = ("secret", "sealed", "password", "token_hash", "private_key")


def is_register(table: str) -> bool:
    """Whether changes of this table are written down."""
    return table not in MACHINES


@cache
def is_secret(column: str) -> bool:
    return any(word in column for word in _SECRET)


def is_told(column: str) -> bool:
    return column not in _OMITTED


def told(column: str, value: Any) -> Any:
    """A value as JSON has it; secrets are masked, long texts cut."""
    if value is None:
        return None
    if is_secret(column):
        return MASK
    if isinstance(value, bool | int | float):
        return value
    # Most of the million values of a large import are plain texts.
    return _cut(value) if type(value) is str else _text(value)


def label_of(row: Mapping[str, Any]) -> str:
    """What people call a row; empty where nothing does."""
    for name in ("name", "title", "label", "number", "asset_number", "model", "login"):
        value = row.get(name)
        if isinstance(value, str) and value:
            return value[:120]
    return ""


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
