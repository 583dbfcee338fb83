"""Topic patterns of profiles: ``campus/{school}/whiteboard/{client}/state``.

``{school}`` is a school code, ``{client}`` the device's id, ``{any}`` one level of no interest.
Each fills a whole level.
"""

import re
from dataclasses import dataclass
from functools import cached_property

_LEVELS = {
    "{school}": "(?P<school>[A-Z0-9-]{4,32})",
    "{client}": "(?P<client>[A-Za-z0-9_.:-]{1,64})",
    "{any}": "[^/]{1,128}",
}
_LITERAL = re.compile(r"[^{}+#/\x00-\x1f]{1,64}")


class BadPattern(ValueError):
    """The text is no topic pattern; the message says why."""


@dataclass(frozen=True)
class TopicPattern:
    """One pattern.

    Raises:
        BadPattern: made from a text without ``{client}``, or with wildcards or odd levels.
    """

    text: str

    def __post_init__(self) -> None:
        levels = self.text.split("/")
        for level in levels:
            if level not in _LEVELS and not _LITERAL.fullmatch(level):
                raise BadPattern(f"{self.text}: {level!r} is no level of a topic")
        for name in ("{client}", "{school}"):
            if levels.count(name) > 1:
                raise BadPattern(f"{self.text}: {name} twice")
        if "{client}" not in levels:
            raise BadPattern(f"{self.text}: {{client}} is missing")

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        levels = (_LEVELS.get(level, re.escape(level)) for level in self.text.split("/"))
        return re.compile("/".join(levels))

    def match(self, topic: str) -> tuple[str, str] | None:
        """(school, client) in a topic; the school is empty where the pattern has none."""
        found = self._regex.fullmatch(topic)
        if found is None:
            return None
        named = found.groupdict()
        return named.get("school") or "", named["client"]

    def subscription(self, school: str = "+") -> str:
        """The filter for one school's devices, or for every school's."""
        return "/".join(
            {"{school}": school}.get(level, "+" if level in _LEVELS else level)
            for level in self.text.split("/")
        )

    def topic(self, school: str, client: str) -> str:
        """The topic of one device.

        Raises:
            BadPattern: the pattern has ``{any}``, so there is more than one.
        """
        if "{any}" in self.text:
            raise BadPattern(f"{self.text}: {{any}} has no one value")
        return self.text.replace("{school}", school).replace("{client}", client)
