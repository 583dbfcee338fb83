"""Words of the rules that need no more than a title and a figure; see ``alerts.messages``."""

from collections.abc import Callable, Mapping
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - the marker every gettext tool knows
    """Mark a message for translation."""
    return message


#: Rules whose subjects are agents.
OF_AGENTS = frozenset({"agent_silent"})
NAMES = {
    "agent_silent": N_("Agent silent"),
    "line_down": N_("Line down"),
    "port_flapping": N_("Port goes up and down"),
    "temperature_high": N_("Too hot"),
    "temperature_rising": N_("Heating up"),
    "cpu_high": N_("Processor busy"),
    "memory_high": N_("Memory full"),
    "storage_full_soon": N_("Storage full soon"),
    "battery_empty_soon": N_("Battery worn"),
    "power_supply_failed": N_("Power supply failed"),
    "fan_failed": N_("Fan failed"),
    "lamp_failed": N_("Lamp failed"),
    "broadcast_storm": N_("Broadcast storm"),
    "spanning_tree_storm": N_("Spanning tree unsteady"),
    "access_refused_often": N_("Wrong credentials again and again"),
    "poe_budget_used": N_("PoE power nearly used up"),
}
TITLES = {
    "agent_silent": N_("Agent {subject} is silent"),
    "line_down": N_("{subject} carries nothing"),
    "port_flapping": N_("{subject}: port {part} goes up and down"),
    "temperature_high": N_("{subject} is too hot"),
    "temperature_rising": N_("{subject} is heating up quickly"),
    "cpu_high": N_("{subject}: the processor is busy all the time"),
    "memory_high": N_("{subject}: the memory is full"),
    "storage_full_soon": N_("{subject}: storage {part} will be full soon"),
    "battery_empty_soon": N_("{subject}: the battery would not last"),
    "power_supply_failed": N_("{subject}: power supply {part} has failed"),
    "fan_failed": N_("{subject}: fan {part} has failed"),
    "lamp_failed": N_("{subject}: the lamp has failed"),
    "broadcast_storm": N_("{subject}: broadcast storm"),
    "spanning_tree_storm": N_("{subject}: the spanning tree keeps changing"),
    "access_refused_often": N_("{subject}: somebody asks with wrong credentials again and again"),
    "poe_budget_used": N_("{subject}: PoE power nearly used up ({part})"),
}
_SHARE = N_("{value} in use.")
_BEHIND = {
    "agent_silent": N_("{behind} devices are not watched meanwhile."),
    "line_down": N_("{behind} devices do not answer because of it."),
}
_OFTEN = N_("{changes} times within an hour.")
#: With the figure that was found, in the unit people use.
_FOUND: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "temperature_high": (N_("{value} °C."), "{:.0f}".format),
    "temperature_rising": (N_("{value} °C by now."), "{:.0f}".format),
    "cpu_high": (_SHARE, "{:.0%}".format),
    "memory_high": (_SHARE, "{:.0%}".format),
    "storage_full_soon": (_SHARE, "{:.0%}".format),
    "battery_empty_soon": (
        N_("{value} minutes at this load."),
        lambda seconds: f"{seconds / 60:.0f}",
    ),
    "broadcast_storm": (N_("{value} broadcasts a second."), "{:.0f}".format),
    "poe_budget_used": (
        N_(
            "{value} of the budget in use. What is plugged in next may get no power: move devices"
            " to another switch, or fit a stronger power supply."
        ),
        "{:.0%}".format,
    ),
}


def more_text(rule: str, arguments: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """What was found, with its figure; empty for a rule that has no more to say."""
    if rule in _BEHIND:
        behind = arguments.get("behind", 0)
        return translate(_BEHIND[rule]).format(behind=behind) if behind else ""
    if "changes" in arguments:
        return translate(_OFTEN).format(changes=arguments["changes"])
    if rule in _FOUND and "value" in arguments:
        text, written = _FOUND[rule]
        return translate(text).format(value=written(arguments["value"]))
    return ""
