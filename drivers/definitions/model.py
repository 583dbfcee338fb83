"""The shape of a definition file: one YAML a device family.

These structs are the schema: files are checked against them, and ``schema.json`` beside this
file is made from them for editors. Object identifiers are dotted text, regular expressions are
Python's and are searched, not anchored.
"""

from typing import Annotated, Literal

import msgspec

from drivers.readings import Kind

Dotted = Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)+$")]
#: ``own`` is the device's sysObjectID and ``parent`` that less its last number: makers hang the
#: same MIB under every model.
Place = Annotated[str, msgspec.Meta(pattern=r"^(\d+|own|parent)(\.\d+)+$")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A misspelt key is an error, never silently nothing."""


class Match(_Strict, frozen=True):
    """When a definition applies: all that is given must hold.

    Args:
        object_id: sysObjectID begins with these numbers.
        description: sysDescr holds this regular expression.
        answers: the device has this single object; for makers that leave sysObjectID to net-snmp.
    """

    object_id: Dotted | None = None
    description: str | None = None
    answers: Dotted | None = None


class Source(_Strict, frozen=True):
    """Where one word of the identity comes from; exactly one origin, then ``pattern``.

    Args:
        oid: a single object, instance included (``….0``).
        column: a table column; its first cell that holds something.
        entity: a field of the ENTITY-MIB row that stands for the device (chassis or stack).
        description: a regular expression on sysDescr.
        objects: sysObjectID (or its beginning) to text.
        text: fixed text.
        pattern: taken from what was found: its first group. No match, no value.
        template: how the groups of the pattern are put together: ``{0}`` is the first.
    """

    oid: Place | None = None
    column: Place | None = None
    entity: (
        Literal["model", "serial", "software", "firmware", "hardware", "name", "description"] | None
    ) = None
    description: str | None = None
    objects: dict[str, str] | None = None
    text: str | None = None
    pattern: str | None = None
    template: str = "{0}"


class KindRule(_Strict, frozen=True):
    """A kind other than the family's own, for those members that match."""

    kind: Kind
    object_id: Dotted | None = None
    description: str | None = None
    model: str | None = None


class IdentityRules(_Strict, frozen=True):
    """Who members of the family are. The first source that gives something wins."""

    vendor: str | None = None
    os: str | None = None
    kind: Kind = Kind.unknown
    kinds: tuple[KindRule, ...] = ()
    vendors: tuple[Source, ...] = ()
    model: tuple[Source, ...] = ()
    serial: tuple[Source, ...] = ()
    version: tuple[Source, ...] = ()


class Lookup(_Strict, frozen=True):
    """A column of another table: which of this row's index numbers, or which column, finds it."""

    column: Dotted
    by: int | str | tuple[int, ...] = 0


class Gauge(_Strict, frozen=True):
    """One metric: where its numbers are and what they mean.

    Args:
        metric: a name in the data dictionary.
        columns: name to table column; the first named one gives the rows.
        scalars: name to single object, instance included; without columns this is one reading.
        lookups: name to column of another table.
        value: arithmetic over the names (``+ - * / **``, ``log10``, parentheses, numbers).
        pattern: for columns that are text: its first group is the number.
        ok: 1 where ``value`` is one of these numbers, 0 otherwise.
        where: only rows whose column holds one of these (number, dotted OID or text);
            ``last`` is the last number of the row's index.
        unless: leaves out rows whose column holds one of these.
        ignore: raw numbers that mean "no value".
        minimum: results below are no value.
        maximum: results above are no value.
        part: name of the part, with names in braces; ``{index}`` is the row's index,
            ``{text}`` the name that an index of a string type spells.
        combine: one reading made of all rows.
        fallback: only when nothing before gave this metric.
        cadence: ``tables`` for what is read with the ports every few minutes, ``hour`` for what
            moves slowly, ``inventory`` for what hardly ever changes.
    """

    metric: Name
    columns: dict[str, Place] = {}
    scalars: dict[str, Place] = {}
    lookups: dict[str, Lookup] = {}
    value: str = "value"
    pattern: str | None = None
    ok: tuple[float, ...] | None = None
    where: dict[str, tuple[int | str, ...]] = {}
    unless: dict[str, tuple[int | str, ...]] = {}
    ignore: tuple[float, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    part: str = ""
    combine: Literal["mean", "max", "sum", "first"] | None = None
    fallback: bool = False
    cadence: Literal["tables", "hour", "inventory"] = "tables"


class GaugeSet(_Strict, frozen=True):
    """Gauges of one standard MIB, shared by families through ``use``."""

    name: Name
    source: str
    gauges: tuple[Gauge, ...]


class Definition(_Strict, frozen=True):
    """One device family.

    Args:
        name: as in ``fleet-agent drivers list``; the file has the same name.
        title: what it covers, in words.
        proven: ``recording`` when it was tried on recorded output of a real device,
            ``documentation`` when it was written from the vendor's MIB alone.
        match: any of these.
        use: sets of standard gauges, after the family's own.
    """

    name: Name
    title: str
    proven: Literal["recording", "documentation"]
    match: tuple[Match, ...] = ()
    identity: IdentityRules = IdentityRules()
    use: tuple[Name, ...] = ()
    gauges: tuple[Gauge, ...] = ()
