"""What every document of procurement shows: facts, what is missing, next actions, time line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from controller.auth.caller import Caller
from controller.pages.look import Look
from controller.pages.views.choices import Option
from controller.pages.views.names import bureau_name, people_names
from controller.procuring import PERMISSIONS, actor_of, procurement_scope
from controller.words.procurement import step_words
from inventory.models import Right, Role, Subject
from inventory.procurement.entries import EntryRepository
from inventory.repositories import OrganisationRepository
from inventory.scope import Scope


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a form; ``label`` is a message id, or a name that is the same everywhere.

    Args:
        kind: ``text``, ``number``, ``money``, ``date``, ``textarea``, ``select``, ``checkbox``,
            ``hidden``, ``file``.
        most: of a number.
        suggestions: id of the list on the page whose texts a text field offers.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    options: Sequence[Option] = ()
    required: bool = True
    most: int | None = None
    suggestions: str = ""

    def holding(self, said: Mapping[str, str]) -> "Entry":
        """The field with what was typed into it."""
        if self.kind == "file":
            return self
        value = said.get(self.name, "")
        options = [replace(one, chosen=one.value == value) for one in self.options]
        return replace(self, value=value, options=options)


@dataclass(frozen=True, slots=True)
class Action:
    """A step one may take now; ``link``: on a page of its own."""

    href: str
    text: str
    fields: Sequence[Entry] = ()
    main: bool = False
    link: bool = False
    #: Shown open, since what was typed into it did not fit.
    open: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Text of a cell or a fact that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows under a title."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | Link]]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One step of the ledger as it is told."""

    at: datetime
    words: str
    who: str
    role: Role
    comment: str
    counter: bool
    undone: bool
    #: Where the step is taken back; empty where it cannot be, or not by this person.
    undo: str


@dataclass(frozen=True, slots=True)
class Document:
    """One request, project or order.

    Args:
        tab: the list it stands in.
        missing: what has to happen before it is through, in the reader's words; the next thing
            first.
        sheet: where its acceptance sheet is had.
        fault: why the last step was refused, in the reader's words.
    """

    tab: str
    title: str
    number: str
    state: str
    tone: str
    facts: Sequence[tuple[str, str | Link]]
    tables: Sequence[Table]
    actions: Sequence[Action]
    log: Sequence[LogLine]
    missing: Sequence[str] = ()
    sheet: str = ""
    fault: str = ""

    def refused(self, fault: str, href: str, said: Mapping[str, str]) -> "Document":
        """The same once more: why a step was refused, and what was typed into its form."""
        actions = [
            replace(one, fields=[field.holding(said) for field in one.fields], open=True)
            if one.href == href
            else one
            for one in self.actions
        ]
        return replace(self, fault=fault, actions=actions)


def may(look: Look, right: Right, path: str) -> bool:
    """Whether this person has a right at a place."""
    return look.caller.may(PERMISSIONS[right], path)


def time_line(look: Look, subject: Subject, key: str) -> list[LogLine]:
    """Every step about a document, the first one first."""
    entries = EntryRepository(look.session, procurement_scope(look.caller))
    found = entries.of(subject, key)
    held = entries.rested_upon([entry.id for entry in found if entry.id is not None])
    people = people_names(look, [entry.actor_id for entry in found])
    undone = {entry.undoes_id for entry in found}
    lines = []
    for entry in found:
        words, stage = (look.lang.gettext(text) if text else "" for text in step_words(entry.step))
        counter, gone = entry.undoes_id is not None, entry.id in undone
        free = not counter and not gone and entry.id not in held
        open_ = free and _takes_back(look.caller, entry.right, entry.role)
        lines.append(
            LogLine(
                at=entry.at,
                words=f"{words} · {stage}" if stage else words,
                who=people.get(entry.actor_id, ""),
                role=entry.role,
                comment=entry.comment,
                counter=counter,
                undone=gone,
                undo=f"/procurement/{subject.value}s/{key}/undo/{entry.id}" if open_ else "",
            )
        )
    return lines


def _takes_back(caller: Caller, right: Right, role: Role) -> bool:
    if not caller.may(PERMISSIONS[right]):
        return False
    return role in {held for held, _ in actor_of(caller, right).grants}


def bureau_title(look: Look, code: str) -> str:
    """Name of a bureau, wherever it stands."""
    found = OrganisationRepository(look.session, Scope.everything()).get(code)
    return bureau_name(look, found) if found else code
