"""What traps are called: agents name those of vendors in a field of one kind of event."""

import json

#: The kind of every event that a vendor's trap became; its field ``trap`` says which one.
NAMED = "vendor_trap"


def word_of(kind: str, fields: str) -> str:
    """What an event is called, whichever vendor told it: ``on_battery`` of ``apc_on_battery``.

    Args:
        kind: of the event.
        fields: a JSON object of texts.
    """
    if kind != NAMED:
        return kind
    trap = json.loads(fields).get("trap", "")
    return str(trap).partition("_")[2]
