"""Orders to a port: who gave them and why, what is typed, and the record of what came of it."""

import re
import string
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from drivers.ssh.platform import Platform

_LONGEST_TEXT = 500
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]+")
_LONGEST_NAME = 64
_LETTERS = string.ascii_letters + "-_"


#: Long and short names of the same ports.
_SHORT = {
    **dict.fromkeys(("gigabitethernet", "gi", "ge", "gige"), "ge"),
    **dict.fromkeys(("tengigabitethernet", "ten-gigabitethernet", "te", "xge", "10ge"), "xge"),
    **dict.fromkeys(("xgigabitethernet", "tengige"), "xge"),
    **dict.fromkeys(("fastethernet", "fa", "ethernet", "eth"), "fe"),
}


class Order(StrEnum):
    """What may be ordered."""

    enable_port = "enable_port"
    disable_port = "disable_port"
    cycle_poe = "cycle_poe"


class Result(StrEnum):
    """What came of an order."""

    done = "done"  # the device took every line
    refused = "refused"  # by us before anything was typed, or by the device
    failed = "failed"  # the device could not be reached; nothing was typed
    uncertain = "uncertain"  # it broke off after something was typed: look at the port


class OrderRefused(ValueError):
    """An order that is not carried out: the message says why."""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Who answers for an order.

    Args:
        by: the person (or the rule) that gave it.
        reason: why, in words.
        ticket: the ticket it belongs to.

    Raises:
        ValueError: one of them is empty, longer than 500 characters, or not one printable line.
    """

    by: str
    reason: str
    ticket: str

    def __post_init__(self) -> None:
        for name in ("by", "reason", "ticket"):
            value = getattr(self, name)
            if not (value.strip() and len(value) <= _LONGEST_TEXT and _PRINTABLE.fullmatch(value)):
                raise ValueError(f"{name}: one line of 1 to {_LONGEST_TEXT} characters is needed")


class AuditRecord(msgspec.Struct, frozen=True):
    """One order, carried out or not; to be kept for good.

    Args:
        order: what was ordered.
        device: inventory id.
        address: where the order was sent.
        port: as ordered.
        by: from the authorisation, with ``reason`` and ``ticket``.
        begun_at: the agent's clock, milliseconds since the epoch (UTC); ``ended_at`` likewise.
        commands: the lines meant to be typed; empty when the order was refused before.
        result: what came of it.
        detail: why not, in English; empty when done.
        transcript: what the device printed, secrets masked, cut to 4,000 characters.
    """

    order: Order
    device: str
    address: str
    port: str
    by: str
    reason: str
    ticket: str
    begun_at: int
    ended_at: int
    commands: tuple[str, ...]
    result: Result
    detail: str = ""
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """What is typed, in two parts for an order that is undone after a while.

    Args:
        first: lines of the order.
        then: lines after the pause.
        pause: seconds between them.
    """

    first: tuple[str, ...]
    then: tuple[str, ...] = ()
    pause: float = 0.0

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is typed."""
        return self.first + self.then


def steps_for(
    platform: Platform,
    order: Order,
    port: str,
    *,
    protected: frozenset[str] = frozenset(),
    pause: float = 5.0,
) -> Steps:
    """What an order to a port is in this platform's words.

    Args:
        platform: whose command line it is.
        order: what is to happen.
        port: one physical port, as the device names it.
        protected: ports that are never switched off, such as the uplink; names in any case.
        pause: seconds without power.

    Raises:
        OrderRefused: the platform has no such command, the name is not that of one physical
            port, or the port is protected.
    """
    orders = platform.orders
    if orders is None:
        raise OrderRefused(f"{platform.name} has no orders for ports")
    if len(port) > _LONGEST_NAME or re.fullmatch(orders.names, port, re.ASCII) is None:
        raise OrderRefused(f"{port[:_LONGEST_NAME]!r} is not the name of one physical port")
    # Whoever disables the port we come in through cannot enable it again.
    if order is not Order.enable_port and _bare(port) in {_bare(one) for one in protected}:
        raise OrderRefused(f"{port} is protected: the device is reached through it")
    if order is Order.enable_port:
        return Steps(_typed(orders.enable, port))
    if order is Order.disable_port:
        return Steps(_typed(orders.disable, port))
    if not orders.poe_off:
        raise OrderRefused(f"{platform.name} has no orders for PoE")
    return Steps(_typed(orders.poe_off, port), _typed(orders.poe_on, port), pause)


def _typed(lines: tuple[str, ...], port: str) -> tuple[str, ...]:
    return tuple(line.replace("{port}", port) for line in lines)


def _bare(port: str) -> str:
    """``GigabitEthernet 0/0/1``, ``gigabitethernet0/0/1`` and ``GE0/0/1`` are one port."""
    digits = port.lstrip(_LETTERS)
    letters = port[: len(port) - len(digits)].lower()
    return f"{_SHORT.get(letters, letters)}{digits.strip().lower()}"
