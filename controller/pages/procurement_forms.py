"""Forms of procurement: what was sent, as values; and the page once more where it does not fit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from controller.errors import FleetError, InventoryRefused
from controller.language import N_
from controller.pages.look import Look
from controller.problems import detail_of
from inventory.errors import Invalid, InventoryError
from inventory.procurement.wishes import MOST_LINES

_LONGEST = 40_000
#: What the register calls its fields, as the forms do.
_FIELDS: Mapping[str, str] = {
    "title": N_("Title"),
    "reason": N_("Reason"),
    "comment": N_("Comment"),
    "note": N_("Note"),
    "lines": N_("Equipment"),
    "items": N_("Pieces"),
    "name": N_("Name"),
    "quantity": N_("Quantity"),
    "unit_price_cny": N_("Price of one, CNY"),
    "budget_cny": N_("Budget, CNY"),
    "ceiling_cny": N_("Ceiling, CNY"),
    "warranty_months": N_("Warranty, months"),
    "tender_number": N_("Tender number"),
    "contract_number": N_("Contract number"),
    "supplier": N_("Supplier"),
    "valid_until": N_("Orders until"),
    "specification": N_("Specification"),
    "note_number": N_("Delivery note"),
    "custodian": N_("Custodian"),
    "inspectors": N_("Inspectors"),
    "conclusion": N_("Conclusion"),
    "device_ids": N_("Devices"),
    "to_school_code": N_("To school"),
    "appraisal": N_("Technical appraisal"),
    "wipe_method": N_("How the data went"),
    "residual_value_cny": N_("Residual value, CNY"),
    "room_id": N_("Room"),
    "parties": N_("Parties"),
}


class FieldMissing(FleetError):
    """A field that has to be filled in."""

    status = 422
    code = "field_missing"
    title = N_("The request does not fit")
    message = N_("{field} is missing.")


class FieldUnread(FleetError):
    """A number, an amount or a day that is none."""

    status = 422
    code = "field_unread"
    title = N_("The request does not fit")
    message = N_("{field}: “{text}” cannot be read.")


class Sent(BaseModel):
    """A form's fields as they were sent: texts by name."""

    model_config = ConfigDict(extra="allow")

    @property
    def texts(self) -> dict[str, str]:
        sent = self.model_extra or {}
        return {name: text[:_LONGEST] for name, text in sent.items() if isinstance(text, str)}


@dataclass(frozen=True, slots=True)
class Said:
    """What a form says, read with the look of whoever sent it.

    Args:
        before: stands before the names of the fields of one line.
        where: of that line, for what does not fit.
    """

    look: Look
    texts: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    where: str = ""

    def text(self, name: str) -> str:
        return self.texts.get(self.before + name, "").strip()

    def needed(self, name: str, label: str) -> str:
        """A text that is there.

        Raises:
            FieldMissing: it is not.
        """
        text = self.text(name)
        if not text:
            raise FieldMissing(field=self._called(label))
        return text

    def number(self, name: str, label: str) -> int:
        """A whole number.

        Raises:
            FieldMissing, FieldUnread: there is none.
        """
        text = self.needed(name, label)
        if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004
            raise FieldUnread(field=self._called(label), text=text[:40])
        return int(text)

    def amount(self, name: str, label: str) -> Decimal:
        """CNY.

        Raises:
            FieldMissing, FieldUnread: there is none.
        """
        text = self.needed(name, label)
        try:
            value = Decimal(text.replace(",", "").lstrip("¥").strip())
        except InvalidOperation:
            raise FieldUnread(field=self._called(label), text=text[:40]) from None
        if not value.is_finite():
            raise FieldUnread(field=self._called(label), text=text[:40])
        return value

    def day(self, name: str, label: str) -> date | None:
        """A day, if there is one.

        Raises:
            FieldUnread: it is none.
        """
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise FieldUnread(field=self._called(label), text=text[:40]) from None

    def ticked(self, before: str) -> list[str]:
        """What stands behind ``before`` in the names of fields that are filled in."""
        return [
            name[len(before) :] for name, v in self.texts.items() if name.startswith(before) and v
        ]

    def lines(self, *told: str) -> "Iterator[Said]":
        """Lines of which any of these fields is filled in, in their order."""
        words = self.look.lang.gettext(N_("Line {number}"))
        for number in range(1, MOST_LINES + 1):
            line = Said(self.look, self.texts, f"line-{number}-", words.format(number=number))
            if any(line.text(name) for name in told):
                yield line

    def _called(self, label: str) -> str:
        text = self.look.lang.gettext(label)
        return f"{self.where}, {text}" if self.where else text


def taken(look: Look, act: Callable[[], str], again: Callable[[str], Response]) -> Response:
    """Take a step and go where it leads; or show its page once more, with why it was refused.

    Args:
        look: of whoever takes it.
        act: takes the step, and gives the address to go on to; what it wrote before it was
            refused is taken back.
        again: the page with what was typed, told why.
    """
    try:
        with look.session.begin_nested():
            there = act()
    except (FleetError, InventoryError) as error:
        why = refused(look, error)
        response = again(detail_of(why, look.lang))
        response.status_code = why.status
        return response
    return RedirectResponse(there, 303)


def refused(look: Look, error: FleetError | InventoryError) -> FleetError:
    """A refusal as pages tell it: fields by the words of the forms."""
    return error if isinstance(error, FleetError) else InventoryRefused(_named(look, error))


def _named(look: Look, error: InventoryError) -> InventoryError:
    name = error.arguments.get("field")
    if isinstance(error, Invalid) and isinstance(name, str) and name in _FIELDS:
        error.arguments = {**error.arguments, "field": look.lang.gettext(_FIELDS[name])}
    return error
