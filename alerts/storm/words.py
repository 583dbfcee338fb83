"""Words of alerts that are bureaus' own; see ``alerts.messages``."""

from collections.abc import Callable, Mapping
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - the marker every gettext tool knows
    """Mark a message for translation."""
    return message


NAMES = {
    "sites_dark": N_("Many schools dark at once"),
    "alert_flood": N_("Flood of alerts"),
    "nobody_heard": N_("No box heard"),
}
TITLES = {
    "sites_dark": N_("{subject}: many schools are dark at once"),
    "alert_flood": N_("{subject}: more alerts than anybody reads"),
    "nobody_heard": N_("{subject}: not one box is heard"),
}
_DARK = N_("{schools} schools; their own alerts are held back until this is over.")
_ALONE = N_(
    "None of {boxes} boxes was heard for {minutes} minutes: the controller or its own network is"
    " cut off. No school is told of for being silent meanwhile."
)
_COMMON = N_("All of them have a line of {provider}.")
_AMONG = N_("Among them: {names}.")
_FLOOD = N_("More than {alerts} were new at once; new ones are held back until this is over.")


def storm_text(rule: str, arguments: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """What was found, with its figures."""
    if rule == "alert_flood":
        return translate(_FLOOD).format(alerts=arguments.get("alerts", 0))
    if rule == "nobody_heard":
        return translate(_ALONE).format(
            boxes=arguments.get("boxes", 0), minutes=arguments.get("minutes", 0)
        )
    said = [translate(_DARK).format(schools=arguments.get("schools", 0))]
    if arguments.get("provider"):
        said.append(translate(_COMMON).format(provider=arguments["provider"]))
    if arguments.get("names"):
        said.append(translate(_AMONG).format(names=arguments["names"]))
    return " ".join(said)
