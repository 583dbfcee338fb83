"""Rows of a command line as the words of the wire: identity, ports, neighbours."""

import re
from collections.abc import Iterable, Sequence

from drivers.readings import Identity, Kind, Neighbour, Port
from drivers.ssh.platform import FactSource, NeighbourSource, Platform, PortSource
from drivers.ssh.rows import Row

_LONGEST_VALUE = 255
_UNSAID = re.compile(
    r"[-*.]*|n/?a|none|null|unknown|not (?:advertised|available|set)|no system name", re.IGNORECASE
)


def text_of(row: Row, field: str) -> str | None:
    """One value of a row; None when the device did not say it."""
    value = row.get(field, "")
    if isinstance(value, list):
        value = next((one for one in value if one.strip()), "")
    value = " ".join(str(value).split())
    return None if _UNSAID.fullmatch(value.strip("[]")) else value[:_LONGEST_VALUE]


def identity_of(
    platform: Platform, answers: Iterable[tuple[FactSource, Sequence[Row]]], prompt: str = ""
) -> Identity:
    """Who the device is; the first answer that says something wins.

    Args:
        platform: tells the vendor and the kind, unless the device does.
        answers: sources with the rows they gave, in the platform's order.
        prompt: the bare prompt, the name of a device that says it nowhere else.
    """
    said: dict[str, str] = {}
    for source, rows in answers:
        for field, column in source.fields.items():
            for row in rows:
                if field not in said and _fits(row, source) and (value := text_of(row, column)):
                    said[field] = value
    return Identity(
        vendor=said.get("vendor", platform.vendor),
        kind=_kind_of(platform, said.get("model")),
        model=said.get("model"),
        serial=said.get("serial"),
        version=said.get("version"),
        os=platform.os,
        name=said.get("name") or prompt or None,
        description=said.get("description"),
        location=said.get("location"),
    )


def _fits(row: Row, source: FactSource) -> bool:
    return all(
        re.fullmatch(pattern, text_of(row, field) or "") for field, pattern in source.where.items()
    )


def _kind_of(platform: Platform, model: str | None) -> Kind:
    for pattern, kind in platform.kinds.items():
        if model is not None and re.search(pattern, model):
            return kind
    return platform.kind


def neighbours_of(source: NeighbourSource, rows: Iterable[Row]) -> tuple[Neighbour, ...]:
    """Neighbours with a local port, each once, in the device's order."""
    found: dict[Neighbour, None] = {}
    for row in rows:
        local = _first(row, source.local)
        if local is not None:
            name, port = _first(row, source.name), _first(row, source.port)
            found[Neighbour(local, name, port, source.protocol)] = None
    return tuple(found)


def _first(row: Row, fields: Iterable[str]) -> str | None:
    return next((value for field in fields if (value := text_of(row, field))), None)


def ports_of(source: PortSource, rows: Iterable[Row]) -> tuple[Port, ...]:
    """Ports with the state the device tells.

    A command line has no ifIndex: ``index`` is the row's number in the list, from 1, and names
    are as the command prints them, which may be shorter than ifName.
    """
    ports = []
    for index, row in enumerate(rows, start=1):
        name = text_of(row, source.name)
        if name is None:
            continue
        oper = text_of(row, source.oper) or ""
        admin = oper if source.admin is None else text_of(row, source.admin) or ""
        state = None
        if source.disabled is not None:
            state = "down" if re.fullmatch(source.disabled, admin) else "up"
        ports.append(
            Port(
                index=index,
                name=name,
                alias=text_of(row, source.alias) if source.alias else None,
                admin=state,
                oper="up" if re.fullmatch(source.up, oper) else "down",
            )
        )
    return tuple(ports)
