"""What importers of small tables share: each row is written by the functions that pages use.

Their checks are the same that way. Whether a file is only looked at is decided by whoever rolls
the transaction back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from sqlmodel import Session

from inventory.errors import Invalid, InventoryError
from inventory.exchange.faults import Why
from inventory.exchange.order import Order, Progress
from inventory.exchange.outcome import MOST_SHOWN, Change, Comparison
from inventory.exchange.parsing import Findings, Parsed
from inventory.exchange.places import Schools
from inventory.exchange.values import Unfit
from inventory.scope import Scope

#: Fields, each with what it was and what it is.
Fields = Mapping[str, tuple[Any, Any]]
_EVERY = 50
#: What ``Invalid`` says of a value that is not there.
_NOTHING = "-"


class RowImporter:
    """Writes a row at a time; a row that is refused leaves nothing."""

    #: Fields to the enumerations they are values of.
    types: ClassVar[Mapping[str, Callable[[str], Any]]] = {}
    key: ClassVar[tuple[str, ...]] = ()
    #: The field that says whose a row is.
    whose: ClassVar[str] = "school"

    #: Whether a row fits is found out by writing it.
    only_reads = False

    def __init__(self, session: Session, scope: Scope, order: Order) -> None:
        self._session = session
        self._scope = scope
        self._school = order.school

    def compare(self, rows: Sequence[Parsed], findings: Findings, progress: Progress) -> Comparison:
        """Write rows, each on its own; what does not fit goes to ``findings``."""
        shown: list[Change] = []
        counts = {"created": 0, "changed": 0, "unchanged": 0}
        seen: dict[tuple[str, ...], int] = {}
        for done, row in enumerate(rows, start=1):
            if done % _EVERY == 0:
                progress("compare", done, len(rows))
            # What is wrong with its cells has been told; without them nothing more can be.
            if row.line in findings.lines:
                continue
            change = self._tried(row, seen, findings)
            if change is None:
                continue
            what = "created" if change.made else "changed" if change.fields else "unchanged"
            counts[what] += 1
            if change.fields and len(shown) < MOST_SHOWN:
                shown.append(change)
        return Comparison(**counts, shown=shown, also={})

    def write(self, _progress: Progress) -> None:
        """Everything is written already."""

    def _tried(
        self, row: Parsed, seen: dict[tuple[str, ...], int], findings: Findings
    ) -> Change | None:
        values = {
            name: self.types[name](value) if name in self.types else value
            for name, value in row.values.items()
        }
        try:
            if self._school is not None:
                values.setdefault("school", self._school)
            self.place(values)
            key = tuple(str(values.get(name, "")) for name in self.key)
            if key in seen:
                findings.add(row.line, self.key[0], " ".join(key), Why.repeated, line=seen[key])
                return None
            seen[key] = row.line
            with self._session.begin_nested():
                made, fields = self.keep(values)
        except Unfit as unfit:
            column = unfit.column or self.whose
            named = row.values.get(column)
            findings.add(row.line, column, named, unfit.why, **unfit.arguments)
            return None
        except InventoryError as error:
            _add_refusal(findings, row, error)
            return None
        return Change(row.line, " ".join(filter(None, key)), made, fields)

    def place(self, values: dict[str, Any]) -> None:
        """Replace what people call a place by its key.

        Raises:
            Unfit: there is no such place within the scope.
        """

    def keep(self, values: dict[str, Any]) -> tuple[bool, Fields]:
        """Write one row: whether it is new, and what it changes.

        Raises:
            InventoryError: the register refuses it.
        """
        raise InventoryError

    def differences(self, row: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Set what differs, and tell it."""
        found = {
            name: (getattr(row, name), value)
            for name, value in values.items()
            if getattr(row, name) != value
        }
        for name, (_before, value) in found.items():
            setattr(row, name, value)
        return found


class AtSchool(RowImporter):
    """Rows that belong to a school somebody may change."""

    def __init__(self, session: Session, scope: Scope, order: Order) -> None:
        super().__init__(session, scope, order)
        self._schools = Schools(session, scope)

    def place(self, values: dict[str, Any]) -> None:
        if "school" not in values:
            raise Unfit(Why.school_missing)
        values["school"] = self._schools.code_of(values["school"])


def made(values: Mapping[str, Any]) -> tuple[bool, Fields]:
    """The answer for a row that is new."""
    return True, {name: (None, value) for name, value in values.items()}


def need(values: Mapping[str, Any], *fields: str) -> None:
    """Let a new row pass that says all of these.

    Raises:
        Invalid: one is missing.
    """
    for name in fields:
        if values.get(name) is None:
            raise Invalid(field=name, reason=_NOTHING)


def _add_refusal(findings: Findings, row: Parsed, error: InventoryError) -> None:
    """Tell what the register refuses, at the column it speaks of where that can be told."""
    arguments = error.arguments
    named = str(arguments.get("key", ""))
    found = (name for name, value in row.values.items() if named and str(value) == named)
    field = str(arguments.get("field", "")) or next(found, "")
    value = row.values.get(field, "" if field else " ".join(map(str, row.values.values())))
    if type(error) is not Invalid:
        findings.add(row.line, field, value, Why.refused, error=error)
    elif arguments["reason"] == _NOTHING:
        findings.add(row.line, field, "", Why.missing)
    else:
        findings.add(row.line, field, value, Why.not_taken, reason=arguments["reason"])
