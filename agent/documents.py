"""The poll document on paper: JSON with every field, or tables for people."""

import json
from collections.abc import Iterable, Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.language import gettext as _
from agent.words import kind_word, outcome_word
from drivers.readings import PollDocument


def as_json(document: PollDocument | Sequence[PollDocument]) -> str:
    """One JSON object, or an array of them; unknown values are null, never left out."""
    return json.dumps(_plain(document), ensure_ascii=False, indent=1)


def _plain(value: object) -> object:
    """Structs as objects with all their fields; the wire leaves defaults out, documents do not."""
    if isinstance(value, msgspec.Struct):
        fields = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {encoded: _plain(getattr(value, name)) for encoded, name in fields}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def print_tables(document: PollDocument, console: Console | None = None) -> None:
    """Identity, then every table that is not empty."""
    screen = console or Console()
    identity = document.identity
    rows = [
        (_("Address"), document.address),
        (_("Taken at"), document.taken_at),
        (_("Outcome"), ": ".join(filter(None, (outcome_word(document.outcome), document.detail)))),
        (_("Vendor"), identity.vendor),
        (_("Kind"), kind_word(identity.kind)),
        (_("Model"), identity.model),
        (_("Serial number"), identity.serial),
        (_("Version"), identity.version),
        (_("Operating system"), identity.os),
        (_("Name"), identity.name),
        (_("Location"), identity.location),
        (_("Description"), identity.description),
        (_("Object id"), identity.object_id),
    ]
    _print(screen, "", ("", ""), rows)
    ports = [
        (p.index, p.name or p.description, p.alias, p.speed_bits_per_second, p.admin, p.oper, p.mac)
        for p in document.ports
    ]
    heads = (_("Index"), _("Name"), _("Alias"), _("bit/s"), _("Admin"), _("Oper"), _("MAC"))
    _print(screen, _("Ports"), heads, ports)
    _print(
        screen,
        _("Components"),
        (_("Class"), _("Name"), _("Model"), _("Serial number")),
        [(c.class_, c.name, c.model, c.serial) for c in document.components],
    )
    _print(
        screen,
        _("Neighbours"),
        (_("Local port"), _("Remote name"), _("Remote port"), _("Protocol")),
        [(n.local_port, n.remote_name, n.remote_port, n.protocol) for n in document.neighbours],
    )
    _print(
        screen,
        _("Readings"),
        (_("Metric"), _("Part"), _("Value")),
        [(r["metric"], r["part"], f"{r['value']:.10g}") for r in document.readings],
    )


def _print(
    screen: Console, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    table = Table(*heads, title=title or None, title_justify="left", show_header=any(heads))
    for row in rows:
        # What a device says is text, never markup.
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    if table.row_count:
        screen.print(table)
