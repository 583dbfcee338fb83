"""Words of the rules that need no more than a title and a figure; see ``alerts.messages``."""

from collections.abc import Callable, Mapping
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - the marker every gettext tool knows
    """Mark a message for translation."""
    return message


#: Rules whose subjects are agents.
OF_AGENTS = frozenset({"agent_silent", "clock_skew"})
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
    "clock_skew": N_("Clock of an agent is wrong"),
    "unknown_devices": N_("Unknown devices in the network"),
    "telnet_open": N_("Telnet open"),
    "public_communities": N_("Well-known community"),
    "default_logins": N_("Default password"),
    "changed_configurations": N_("Configuration changed"),
    "device_clocks": N_("Clocks of devices are wrong"),
    "warranty_ending": N_("Warranty ends"),
    "support_ending": N_("Support ends"),
    "certificate_ending": N_("Certificate ends"),
    "controller_certificate_ending": N_("Certificate of the controller ends"),
    "authority_ending": N_("Certificate authority ends"),
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
    "clock_skew": N_("Agent {subject}: its clock is wrong"),
    "unknown_devices": N_("{subject}: unknown devices in the network"),
    "telnet_open": N_("{subject}: devices let people in by telnet"),
    "public_communities": N_("{subject}: devices answer to a well-known community"),
    "default_logins": N_("{subject}: devices open to a maker's default password"),
    "changed_configurations": N_("{subject}: configurations changed that nobody has accepted"),
    "device_clocks": N_("{subject}: clocks of devices are wrong"),
    "warranty_ending": N_("{subject}: warranties end by {part}"),
    "support_ending": N_("{subject}: the makers' support ends by {part}"),
    "certificate_ending": N_("{subject}: certificates end by {part}"),
    "controller_certificate_ending": N_(
        "{subject}: the certificate of the controller ends in {part}"
    ),
    "authority_ending": N_("{subject}: the certificate authority of the controller ends in {part}"),
}
_SHARE = N_("{value} in use.")
_BEHIND = {
    "agent_silent": N_("{behind} devices are not watched meanwhile."),
    "line_down": N_("{behind} devices do not answer because of it."),
}
_CLOCKS = {
    True: N_(
        "It is {seconds} s ahead. Readings are given the controller's time meanwhile. Set a time"
        " server (NTP) on the box that it can reach, and look at the battery of its clock."
    ),
    False: N_(
        "It is {seconds} s behind. Readings are given the controller's time meanwhile. Set a time"
        " server (NTP) on the box that it can reach, and look at the battery of its clock."
    ),
}
#: Of lists: how many are on it, the first of them, and what to do.
_LISTS = {
    "unknown_devices": N_(
        "{count} in all: {names}. They answer in the school's network, and the register does not"
        " know them. Look through them under Reconciliation: enter what is the school's, and ask"
        " about the rest."
    ),
    "telnet_open": N_(
        "{count} in all: {names}. Telnet sends passwords in clear. Switch SSH on and telnet off on"
        " the device; where telnet is all it knows, let nobody reach it but the network office."
    ),
    "public_communities": N_(
        "{count} in all: {names}. Anybody in the network can read them. Set a community of your"
        " own, better SNMP version 3, on the device and in its credential here."
    ),
    "default_logins": N_(
        "{count} in all: {names}. Anybody who has the manual can take them over. Set a password of"
        " your own on the device today, then enter it in its credential here."
    ),
    "changed_configurations": N_(
        "{count} in all: {names}. They run by something else than was accepted last. Look at what"
        " changed on the device's page: accept it there, or put the device back."
    ),
    "device_clocks": N_(
        "{count} in all: {names}. They are off by minutes at least, and so are their logs and"
        " timetables. Set a time server (NTP) that they can reach, and their time zone."
    ),
    "warranty_ending": N_(
        "{count} in all: {names}. The first warranty ends on {day}. Report faults before that, and"
        " prolong what is to stay; then enter the new date."
    ),
    "support_ending": N_(
        "{count} in all: {names}. The first ends on {day}; after that no faults are mended any"
        " more. Put them on the renewal plan."
    ),
    "certificate_ending": N_(
        "{count} in all: {names}. The first ends on {day}; after that the box cannot connect"
        " there. Have a new one issued, and enter it at the broker."
    ),
    "controller_certificate_ending": N_(
        "{names}: it ends on {day}; after that no box delivers anything and no browser opens the"
        " console. Renew it: “fleet ca renew” where the bureau's own authority issued it, else"
        " where it came from. The controller takes a new file up within a minute."
    ),
    "authority_ending": N_(
        "{names}: it ends on {day}; after that no box believes the controller. Announce the next"
        " one weeks before (“fleet ca rollover”), and let it take over when every box has fetched"
        " its plan (“fleet ca rollover --switch”)."
    ),
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
    if rule == "clock_skew":
        skew = int(arguments.get("skew", 0))
        return translate(_CLOCKS[skew > 0]).format(seconds=abs(skew))
    if rule in _LISTS:
        named = {name: arguments.get(name, "") for name in ("count", "names", "day")}
        return translate(_LISTS[rule]).format(**named)
    if "changes" in arguments:
        return translate(_OFTEN).format(changes=arguments["changes"])
    if rule in _FOUND and "value" in arguments:
        text, written = _FOUND[rule]
        return translate(text).format(value=written(arguments["value"]))
    return ""
