"""Times as people type them into forms, which are Beijing's."""

from datetime import datetime
from typing import Any

from inventory.days import ZONE


def typed_moment(text: Any) -> Any:
    """A time as it is typed; what is none is left for the model to refuse."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return text
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


def moment_text(at: datetime | None) -> str:
    """A time as an input of dates and times shows it."""
    return "" if at is None else at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
