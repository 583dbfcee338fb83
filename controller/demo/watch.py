"""What happens in the demonstration, seen through the controller's own API."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from controller.demo.county import COUNTY
from controller.demo.people import PASSWORD


@dataclass(frozen=True, slots=True)
class Seen:
    """Something worth telling.

    Args:
        what: ``healthy``, ``opened`` or ``resolved``.
        subject: name of the device or the school it is about.
        number: number of the ticket.
        rule: which rule opened it.
        arguments: JSON with the values of the rule's message.
        part: what of the subject, as the rule tells it.
    """

    what: str
    subject: str
    number: int = 0
    rule: str = ""
    arguments: str = "{}"
    part: str = ""


@dataclass(slots=True)
class Watch:
    """Asks the API what is new.

    Args:
        client: carries base address and token.
    """

    client: httpx.Client
    healthy: int = 0
    total: int = 0
    _tested: float = 0.0
    _tickets: dict[int, str] = field(default_factory=dict)

    def invite(self, schools: list[str]) -> str:
        """A one-time token for an agent that serves these schools."""
        answer = self.client.post("/api/v1/agents/tokens", json={"schools": schools})
        answer.raise_for_status()
        token: str = answer.json()["token"]
        return token

    def test_lines(self, now: float, *, every: float) -> None:
        """Have the agents test their lines, whatever the hour; who is busy is left alone.

        Args:
            now: seconds of a monotonic clock.
            every: seconds between two tests; sooner nothing happens.

        Raises:
            httpx.HTTPError: the controller did not answer.
        """
        if now - self._tested < every:
            return
        self._tested = now
        for agent in self._items("/api/v1/agents"):
            if not agent["commands_pending"]:
                wish = {"kind": "run_speed_test", "agent": agent["id"]}
                self.client.post("/api/v1/commands", json=wish)

    def look(self) -> Iterator[Seen]:
        """What has happened since the last look.

        Raises:
            httpx.HTTPError: the controller did not answer properly.
        """
        devices = self._items("/api/v1/devices")
        healthy = [one for one in devices if one["status"] == "healthy"]
        if healthy and not self.healthy:
            yield Seen("healthy", healthy[0]["name"])
        self.healthy = len(healthy)
        # What is switched off is no less in order than what is on.
        self.total = sum(one["status"] != "off" for one in devices)
        for ticket in self._items("/api/v1/tickets"):
            number, state = ticket["number"], ticket["state"]
            before = self._tickets.get(number)
            if not ticket["rule"]:
                # People's tickets were there before the story began.
                continue
            self._tickets[number] = state
            is_over = state in ("resolved", "closed")
            subject = ticket["device_name"] or ticket["school_name"]
            if before in (None, "resolved", "closed") and not is_over:
                rule, arguments = ticket["rule"], ticket["arguments"]
                yield Seen("opened", subject, number, rule, arguments, self._part(ticket["id"]))
            elif before is not None and before != state and is_over:
                yield Seen("resolved", subject, number)

    def _part(self, ticket_id: str) -> str:
        alerts = self._items("/api/v1/alerts")
        return next((one["part"] for one in alerts if one["ticket_id"] == ticket_id), "")

    def _items(self, path: str) -> list[dict[str, Any]]:
        answer = self.client.get(path, params={"limit": 500})
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def try_rule(url: str, document: str) -> None:
    """Have the county's own rule tried on the past by its author; the console goes on with it.

    Args:
        url: of the console.
        document: the rule as text.

    Raises:
        httpx.HTTPError: the controller did not take it.
    """
    with httpx.Client(base_url=url, timeout=30.0, trust_env=False) as client:
        client.post("/login", data={"login": "county", "password": PASSWORD})
        wish = {"organisation_code": COUNTY, "document": document, "days": 30}
        client.post("/api/v1/alert-rules/trials", json=wish).raise_for_status()
