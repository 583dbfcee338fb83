"""What people type into forms, read with one clear line about what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from alerts.work.desk import MOST_CNY
from controller.language import N_
from controller.pages.look import Look
from inventory.errors import Invalid


class TextMissing(Invalid):
    """A field that is needed is empty."""

    code = "text_missing"
    message = N_("“{label}” is missing.")


class TextLong(Invalid):
    """A text is longer than its field takes."""

    code = "text_long"
    message = N_("“{label}” has {length} characters; at most {most} fit.")


class NotWhole(Invalid):
    """Something else than a whole number within bounds."""

    code = "not_whole"
    message = N_("“{label}”: a whole number from {least} to {most}, please, not “{text}”.")


class NotAmount(Invalid):
    """Something else than an amount in yuan."""

    code = "not_amount"
    message = N_("“{label}”: an amount in yuan such as 12.50, please, not “{text}”.")


class NotDay(Invalid):
    """Something else than a day."""

    code = "not_day"
    message = N_("“{label}”: a day such as 2026-09-01, please, not “{text}”.")


class TooEarly(Invalid):
    """An end that lies before its beginning."""

    code = "too_early"
    message = N_("“{label}” must not be earlier than “{first}”.")


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent, read field by field; labels are message ids.

    Every method raises one of the errors above, which tell the field by its label.
    """

    look: Look
    said: Mapping[str, str]

    def text(self, name: str, label: str, *, most: int = 200, needed: bool = False) -> str:
        text = self.said.get(name, "").strip()
        if needed and not text:
            raise TextMissing(label=self._told(label))
        if len(text) > most:
            raise TextLong(label=self._told(label), length=len(text), most=most)
        return text

    def whole(self, name: str, label: str, least: int, most: int) -> int:
        found = self.maybe_whole(name, label, least, most)
        if found is None:
            raise TextMissing(label=self._told(label))
        return found

    def maybe_whole(self, name: str, label: str, least: int, most: int) -> int | None:
        """The number, or none where nothing was typed."""
        text = self.said.get(name, "").strip()
        if not text:
            return None
        number = int(text) if text.isdecimal() and len(text) <= len(str(most)) else -1
        if not least <= number <= most:
            raise NotWhole(label=self._told(label), least=least, most=most, text=text[:40])
        return number

    def amount(self, name: str, label: str) -> Decimal:
        found = self.maybe_amount(name, label)
        if found is None:
            raise TextMissing(label=self._told(label))
        return found

    def maybe_amount(self, name: str, label: str) -> Decimal | None:
        """Yuan, or none where nothing was typed."""
        text = self.said.get(name, "").strip()
        if not text:
            return None
        try:
            found = Decimal(text.replace(",", "").replace("，", "").lstrip("¥￥").strip())
        except InvalidOperation:
            found = Decimal(-1)
        fits = found.is_finite() and 0 <= found <= MOST_CNY and found == round(found, 2)
        if not fits:
            raise NotAmount(label=self._told(label), text=text[:40])
        return found

    def day(self, name: str, label: str) -> date | None:
        """A day, or none where nothing was typed."""
        text = self.said.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise NotDay(label=self._told(label), text=text[:40]) from None

    def _told(self, label: str) -> str:
        return self.look.lang.gettext(label)
