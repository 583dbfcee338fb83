"""What the demonstration tells the person at the terminal."""

import json
import time
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alerts.messages import fault_title
from controller.cli.language import gettext as _
from controller.demo.people import PASSWORD, PEOPLE
from controller.demo.watch import Seen


def _roles() -> dict[str, str]:
    return {
        "county": _("county IT: overview of all schools"),
        "city": _("city IT: overview of all schools"),
        "school": _("school administrator, urban school"),
        "central": _("school administrator, rural central school"),
        "technician": _("technician: repairs of the county"),
        "procurement": _("procurement"),
        "auditor": _("auditor"),
        "viewer": _("viewer"),
        "admin": _("administrator of everything"),
    }


class Screen:
    """Prints lines with the time since the start.

    Args:
        console: where to.
        clock: monotonic seconds.
    """

    #: Seconds that are told with a decimal.
    _PRECISE: Final = 100

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console or Console(highlight=False)
        self._clock = clock
        self._began = clock()

    @property
    def elapsed(self) -> float:
        return self._clock() - self._began

    def say(self, text: str, style: str = "") -> None:
        """One line, with the seconds since the start."""
        body = f"[{style}]{escape(text)}[/]" if style else escape(text)
        self._console.print(f"[dim]{self.elapsed:6.1f} s[/]  {body}", soft_wrap=True)

    def welcome(self, url: str, devices: int, receiver: str) -> None:
        """Address and log-ins, and where messages are taken."""
        table = Table(title=_("Log-ins (password of all: {password})").format(password=PASSWORD))
        table.add_column(_("Log-in"), style="bold")
        table.add_column(_("Name"))
        table.add_column(_("Who that is"))
        roles = _roles()
        for person in PEOPLE:
            table.add_row(person.login, person.name, roles[person.login])
        self._console.print(table)
        line = _("Open {url} ({devices} simulated devices in 3 schools). Ctrl-C ends it.")
        self._console.print(line.format(url=f"[bold]{url}[/]", devices=devices), soft_wrap=True)
        line = _("Messages of alerts and tickets go to {url} of this machine, and nowhere else.")
        self._console.print(line.format(url=receiver), soft_wrap=True)

    def tell(self, seen: Seen) -> None:
        """Something that happened."""
        if seen.what == "healthy":
            text = _("first healthy device: {device} ({seconds:.1f} s after the start)")
            self.say(text.format(device=seen.subject, seconds=self.elapsed), "green")
        elif seen.what == "resolved":
            text = _("ticket {number} resolved by itself: {subject} is well again")
            self.say(text.format(number=seen.number, subject=seen.subject), "green")
        elif seen.rule == "bandwidth_below_target":
            values = json.loads(seen.arguments)
            text = _(
                "ticket {number} opened: the line of {subject} carries {measured} Mbit/s,"
                " its target is {target} Mbit/s"
            )
            self.say(
                text.format(
                    number=seen.number,
                    subject=seen.subject,
                    measured=values.get("median_mbps"),
                    target=values.get("target_mbps"),
                ),
                "yellow",
            )
        elif seen.rule not in ("", "device_down"):
            fault = fault_title(seen.rule, seen.part, json.loads(seen.arguments), seen.subject, _)
            text = _("ticket {number} opened: {fault}")
            self.say(text.format(number=seen.number, fault=fault), "yellow")
        else:
            text = _("ticket {number} opened: {subject} does not answer")
            self.say(text.format(number=seen.number, subject=seen.subject), "red")
