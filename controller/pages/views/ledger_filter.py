"""Filters of the device list by what the asset ledger says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from controller.language import N_
from controller.pages.look import Look
from controller.pages.views.choices import Choice, Option, one_of
from controller.pages.views.names import room_name
from controller.pages.views.schools import KeptRows
from controller.words.terms import LIFECYCLES
from inventory.models import Lifecycle
from inventory.repositories.devices import DeviceRepository, DeviceWish
from inventory.repositories.rooms import RoomRepository
from inventory.summaries import counted_at

_OVER = "over"
#: Days within which a warranty ends.
_ENDING: Mapping[str, str] = {
    _OVER: N_("Over"),
    "30": N_("Ends within 30 days"),
    "90": N_("Ends within 90 days"),
    "365": N_("Ends within a year"),
}
#: Years since the purchase, at least.
_AGES: Mapping[str, str] = {
    "3": N_("3 years and more"),
    "5": N_("5 years and more"),
    "8": N_("8 years and more"),
}
#: More vendors than this are not offered.
_MOST_VENDORS = 200


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """What was asked for, as it stands in the address; words nobody knows count for nothing."""

    life: str = ""
    room: str = ""
    vendor: str = ""
    warranty: str = ""
    age: str = ""

    @property
    def lifecycle(self) -> Lifecycle | None:
        return one_of(Lifecycle, self.life)

    @property
    def is_any(self) -> bool:
        return any((self.life, self.room, self.vendor, self.warranty, self.age))

    def wish(self, today: date) -> DeviceWish:
        """The same as conditions."""
        first, last = None, None
        if self.warranty == _OVER:
            last = today - timedelta(days=1)
        elif self.warranty in _ENDING:
            first, last = today, today + timedelta(days=int(self.warranty))
        return DeviceWish(
            room=self.room or None,
            vendor=self.vendor or None,
            warranty_from=first,
            warranty_until=last,
            purchased_until=_years_before(today, int(self.age)) if self.age in _AGES else None,
        )


NO_LEDGER = LedgerFilter()


def ledger_choices(look: Look, wanted: LedgerFilter) -> Iterator[Choice]:
    """What can be chosen; a room only where one was, since its school's page leads there."""
    lives = {life.value: text for life, text in LIFECYCLES.items()}
    for name, label, words, chosen in (
        ("life", N_("Life cycle"), lives, wanted.life),
        ("warranty", N_("Warranty"), _ENDING, wanted.warranty),
        ("age", N_("Age"), _AGES, wanted.age),
    ):
        offered = {value: look.lang.gettext(text) for value, text in words.items()}
        yield _choice(look, name, label, offered, chosen)
    vendors = _vendors(look)
    if vendors or wanted.vendor:
        named = dict.fromkeys([*vendors, *filter(None, [wanted.vendor])])
        yield _choice(look, "vendor", N_("Vendor"), {one: one for one in named}, wanted.vendor)
    if wanted.room:
        room = RoomRepository(look.session, look.scope).get(wanted.room)
        offered = {wanted.room: room_name(room) or wanted.room}
        yield _choice(look, "room", N_("Room"), offered, wanted.room)


def _vendors(look: Look) -> Sequence[str]:
    """Vendors to choose from; where much is counted ahead, those there were at the last count."""
    repository, at = DeviceRepository(look.session, look.scope), counted_at(look.session, look.now)
    if at is None:
        return repository.vendors()[:_MOST_VENDORS]
    kept: KeptRows = look.request.app.state.school_rows
    return kept.get(at, ("vendors", look.scope), lambda: repository.vendors()[:_MOST_VENDORS])


def _choice(look: Look, name: str, label: str, offered: Mapping[str, str], chosen: str) -> Choice:
    everything = Option("", look.lang.gettext(N_("All")), chosen not in offered)
    options = [Option(value, text, value == chosen) for value, text in offered.items()]
    return Choice(name, label, [everything, *options])


def _years_before(day: date, years: int) -> date:
    """The same day so many years ago; of 29 February the day before."""
    last = day.day - 1 if (day.month, day.day) == (2, 29) else day.day
    return date(day.year - years, day.month, last)
