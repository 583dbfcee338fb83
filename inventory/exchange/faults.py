"""What is wrong with a row: where, what stands there, why it is not taken, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from inventory.errors import N_


class Why(StrEnum):
    """Reasons a row is refused; stable, for programs."""

    missing = "missing"
    too_long = "too_long"
    broken = "broken"
    not_a_date = "not_a_date"
    not_a_year = "not_a_year"
    date_far = "date_far"
    not_an_amount = "not_an_amount"
    not_a_number = "not_a_number"
    too_large = "too_large"
    not_yes_or_no = "not_yes_or_no"
    unknown_word = "unknown_word"
    digits_lost = "digits_lost"
    junk_number = "junk_number"
    repeated = "repeated"
    unknown_school = "unknown_school"
    unknown_bureau = "unknown_bureau"
    ambiguous_school = "ambiguous_school"
    school_missing = "school_missing"
    elsewhere = "elsewhere"
    ambiguous_device = "ambiguous_device"
    unknown_device = "unknown_device"
    unknown_room = "unknown_room"
    ambiguous_room = "ambiguous_room"
    not_one = "not_one"
    step_refused = "step_refused"
    disposal_needed = "disposal_needed"
    not_an_address = "not_an_address"
    not_a_mac = "not_a_mac"
    mac_taken = "mac_taken"
    not_of_kind = "not_of_kind"
    needed_of_kind = "needed_of_kind"
    not_printable = "not_printable"
    unknown_port = "unknown_port"
    to_come = "to_come"
    ends_early = "ends_early"
    not_taken = "not_taken"
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Words:
    """A reason in words, and its cure: message ids with named fields."""

    text: str
    cure: str


WORDS: Mapping[Why, Words] = {
    Why.missing: Words(N_("nothing stands here"), N_("Fill it in: every row needs it.")),
    Why.too_long: Words(N_("longer than {longest} characters"), N_("Shorten it.")),
    Why.broken: Words(
        N_("a formula without a result"),
        N_("Calculate the workbook and save it, or replace the formula by its value."),
    ),
    Why.not_a_date: Words(
        N_("not a date"), N_("Write year, month and day, such as 2024-09-01 or 2024年9月1日.")
    ),
    Why.not_a_year: Words(N_("not a school year"), N_("Write it like 2026 or 2026-2027学年.")),
    Why.date_far: Words(N_("a date outside {first} to {last}"), N_("Correct the year.")),
    Why.not_an_amount: Words(
        N_("not an amount of money"), N_("Write yuan in digits, such as 12800.00, without a sign.")
    ),
    Why.not_a_number: Words(N_("not a number"), N_("Write digits only; 0 or more.")),
    Why.too_large: Words(N_("larger than {most}"), N_("Correct the number, or its unit.")),
    Why.not_yes_or_no: Words(N_("neither yes nor no"), N_("Write 是 or 否.")),
    Why.unknown_word: Words(N_("a word that is not known here"), N_("Use one of: {words}.")),
    Why.digits_lost: Words(
        N_("a number whose last digits Excel has lost"),
        N_("Format the column as text and type the number again."),
    ),
    Why.junk_number: Words(
        N_("no number of a device"), N_("Give the device the number of its asset card.")
    ),
    Why.repeated: Words(
        N_("stands in line {line} already"), N_("Take one of the two rows away, or correct it.")
    ),
    Why.unknown_school: Words(
        N_("no school you may change"), N_("Write the school's code, or its name as registered.")
    ),
    Why.unknown_bureau: Words(
        N_("no bureau you may change"), N_("Write the bureau's code, or its name as registered.")
    ),
    Why.ambiguous_school: Words(
        N_("the name of several schools"), N_("Write the school's code instead.")
    ),
    Why.school_missing: Words(
        N_("a new device without a school"), N_("Add a column with the school, or choose one.")
    ),
    Why.elsewhere: Words(
        N_("registered at {school}"), N_("Transfer the device first, or correct the school.")
    ),
    Why.ambiguous_device: Words(
        N_("the number of several devices"), N_("Give each of them a number of its own first.")
    ),
    Why.unknown_device: Words(
        N_("no device of this school"),
        N_("Register the device first, correct the number, or leave the cell empty."),
    ),
    Why.unknown_room: Words(
        N_("no room of this school"),
        N_("Correct it, register the room first, or have missing rooms created."),
    ),
    Why.ambiguous_room: Words(
        N_("the name of several rooms"), N_("Name the building in a column of its own.")
    ),
    Why.not_one: Words(
        N_("more than one device in a row"),
        N_("Write a row for each device, with an asset number of its own."),
    ),
    Why.step_refused: Words(
        N_("a device that is {before} cannot become {after}"),
        N_("Correct the state, or take the steps in between."),
    ),
    Why.disposal_needed: Words(
        N_("a device that is {before} is given up by a disposal alone"),
        N_("Leave the state as it is, and propose a disposal: appraised, approved, wiped."),
    ),
    Why.not_an_address: Words(
        N_("not an IP address"), N_("Write it like 10.1.2.3, or leave the cell empty.")
    ),
    Why.not_a_mac: Words(
        N_("not a hardware address"),
        N_("Write 12 hexadecimal digits such as 3c:7c:3f:12:34:56, several with spaces between."),
    ),
    Why.mac_taken: Words(
        N_("the hardware address of “{device}”"), N_("Correct one of the two devices.")
    ),
    Why.not_of_kind: Words(
        N_("a {kind} has no such field"),
        N_("Leave the cell empty, or have the field defined for this kind."),
    ),
    Why.needed_of_kind: Words(
        N_("nothing stands here, and each {kind} needs it"),
        N_("Fill it in; add the column if the file has none."),
    ),
    Why.not_printable: Words(
        N_("a text with characters nobody can see"), N_("Type it again in plain characters.")
    ),
    Why.unknown_port: Words(
        N_("no port of this device"),
        N_("Write the port as the device names it, such as GigabitEthernet0/1."),
    ),
    Why.to_come: Words(N_("a day after today, {today}"), N_("Correct the day.")),
    Why.ends_early: Words(N_("before it began, {first}"), N_("Correct one of the two days.")),
    Why.not_taken: Words(N_("not taken here: {reason}"), N_("Correct it.")),
    Why.refused: Words("{reason}", N_("Correct the row.")),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Args:
        line: of the file.
        column: as its heading reads in the file; empty where the row as a whole is meant.
        value: what stands there, shortened.
        why: the reason.
        arguments: fields of its words.
    """

    line: int
    column: str
    value: str
    why: Why
    arguments: Mapping[str, object] = field(default_factory=dict)


_SHOWN = 60


def shown(value: object) -> str:
    """A cell as a report repeats it: one line, shortened, without control characters."""
    text = "".join(c if c.isprintable() else " " for c in ("" if value is None else str(value)))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
