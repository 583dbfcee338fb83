"""Numbers of a refresh plan by name, as addresses of the lists behind them have them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from controller.errors import NotFound
from controller.language import N_, Language
from controller.renewal import Answer
from controller.words.terms import word
from drivers.readings import Kind
from inventory.renewal import behind
from inventory.renewal.fleet import Flags, Ints
from inventory.renewal.forecast import OLDEST_BAR

#: Words of numbers by their name and whether a value follows it.
_WORDS: Mapping[tuple[str, bool], str] = {
    ("life", False): N_("Past the end of life"),
    ("life", True): N_("End of life within {value} months"),
    ("warranty", False): N_("Past the warranty"),
    ("warranty", True): N_("Warranty ends within {value} months"),
    ("age", False): N_("Of unknown age"),
    ("age", True): N_("Age in years: {value}"),
    ("due", True): N_("Due in {value}"),
    ("undated", False): N_("Neither date of purchase nor end of support known"),
    ("model", True): "{value}",
    ("done", True): N_("Replaced in {value}"),
    ("waiting", True): N_("Waiting after {value}"),
}
#: Of these the value is a number.
_NUMBERS = frozenset({"life", "warranty", "age", "due", "done", "waiting"})
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a plan: its name, what it is asked of, and the kind it counts alone.

    ``life`` and ``warranty``: months ahead, or past; ``age``: years, or unknown; ``due``, ``done``
    and ``waiting``: a fiscal year; ``model``: vendor and model; ``undated``.
    """

    name: str
    value: str = ""
    kind: Kind | None = None

    @property
    def count(self) -> int | None:
        """The value as a number, if it is one."""
        return int(self.value) if self.value.isdecimal() else None


def number_of(text: str) -> Number:
    """``life``, ``life-12``, ``due-2027-projector``, ``model-Acme X1``...

    Raises:
        NotFound: no such number.
    """
    name, _, value = text.partition("-")
    kind = None
    if name == "due":
        value, _, told = value.partition("-")
        if told and told not in set(Kind):
            raise NotFound
        kind = Kind(told) if told else None
    if (name, bool(value)) not in _WORDS:
        raise NotFound
    if name in _NUMBERS and value and not (value.isdecimal() and len(value) <= _LONGEST):
        raise NotFound
    return Number(name, value, kind)


def places_behind(made: Answer, number: Number) -> Ints:
    """Places of the devices that a number counts, the most pressing first.

    Raises:
        NotFound: of a plan, and there is none without a budget.
    """
    return behind.pressing_first(_found(made, number), made.total)


def number_told(number: Number, lang: Language) -> str:
    """What a number counts, in the reader's words."""
    value = number.value
    if number.name == "age" and number.count == OLDEST_BAR:
        value = f"{value}+"
    text = lang.gettext(_WORDS[number.name, bool(value)]).format(value=value)
    return text if number.kind is None else f"{text} · {lang.gettext(word(number.kind))}"


def _found(made: Answer, number: Number) -> Flags:
    fleet, question, count = made.fleet, made.question.what_if, number.count
    year, planned = count or 0, made.plan
    found: Mapping[str, Callable[[], Flags]] = {
        "life": lambda: behind.life_ends(fleet, made.today, question, count),
        "warranty": lambda: behind.warranty_ends(fleet, made.today, count),
        "age": lambda: behind.aged(fleet, made.today, count),
        "undated": lambda: behind.never_due(fleet, question),
        "model": lambda: behind.of_model(fleet, number.value),
        "due": lambda: behind.due_in(fleet, question, year, made.question.first_year, number.kind),
    }
    if planned is not None:
        found = {
            **found,
            "done": lambda: behind.replaced_in(planned, year),
            "waiting": lambda: behind.waiting_after(fleet, planned, question, year),
        }
    if number.name not in found:
        raise NotFound
    return found[number.name]()
