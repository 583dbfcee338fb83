"""What happened to devices, in sentences; the blanks are the event's own fields."""

from collections.abc import Callable, Mapping

from controller.language import N_

#: How an event looks: a tone of ``controller.pages.views.states``.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "cold_start": (N_("The device has started (cold start)."), "info"),
    "warm_start": (N_("The device has begun anew (warm start)."), "info"),
    "link_down": (N_("Port {port} has lost its link."), "warn"),
    "link_up": (N_("Port {port} has a link again."), "good"),
    "authentication_failure": (N_("Somebody asked with a wrong community or user."), "warn"),
    "vendor_trap": (N_("The device reports: {trap}."), "info"),
    "unknown_trap": (N_("The device reports something unknown ({trap})."), "idle"),
    "traps_suppressed": (N_("{count} further reports were not written down."), "idle"),
    "configuration_changed": (
        N_("The configuration has changed: {added} lines came, {removed} went."),
        "info",
    ),
    "configuration_backup_failed": (N_("The configuration could not be backed up."), "warn"),
    "port_enabled": (N_("Port {port} was switched on by {by}: {reason}"), "info"),
    "port_disabled": (N_("Port {port} was switched off by {by}: {reason}"), "warn"),
    "poe_cycled": (N_("Power on port {port} was taken and given back by {by}: {reason}"), "info"),
    "order_not_done": (
        N_("An order of {by} to port {port} was not carried out: {reason}"),
        "warn",
    ),
}
#: Reports of vendors by the last part of their names; the others are told by name.
REPORTS: Mapping[str, str] = {
    "configuration": N_("configuration changed"),
    "temperature": N_("temperature"),
    "temperature_high": N_("temperature too high"),
    "temperature_critical": N_("temperature critical"),
    "temperature_low": N_("temperature too low"),
    "temperature_normal": N_("temperature normal again"),
    "temperature_shutdown": N_("switched off by overheating"),
    "fan": N_("fan"),
    "fan_failed": N_("fan failed"),
    "fan_failure_ended": N_("fan works again"),
    "fan_removed": N_("fan removed"),
    "fan_inserted": N_("fan inserted"),
    "power_supply": N_("power supply"),
    "power_failed": N_("power supply failed"),
    "power_failure_ended": N_("power supply works again"),
    "power_removed": N_("power supply removed"),
    "power_inserted": N_("power supply inserted"),
    "power_restored": N_("mains power is back"),
    "on_battery": N_("on battery"),
    "ups_on_battery": N_("on battery"),
    "low_battery": N_("battery nearly empty"),
    "discharged": N_("battery empty"),
    "overload": N_("overload"),
    "cpu_high": N_("CPU load high"),
    "cpu_normal": N_("CPU load normal again"),
    "memory_high": N_("memory use high"),
    "memory_normal": N_("memory use normal again"),
    "optics_failed": N_("optical module failed"),
    "optics_removed": N_("optical module removed"),
    "optics_inserted": N_("optical module inserted"),
    "poe_usage_high": N_("PoE budget nearly used up"),
    "poe_usage_normal": N_("PoE budget normal again"),
    "spanning_tree_change": N_("spanning tree changed"),
    "spanning_tree_root": N_("new root of the spanning tree"),
    "neighbours_changed": N_("neighbours changed"),
    "parts_changed": N_("parts changed"),
    "printer_alert": N_("printer needs attention"),
    "communication_lost": N_("communication lost"),
}


class _Blanks(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "?"


def event_sentence(
    kind: str, fields: Mapping[str, str], translate: Callable[[str], str]
) -> tuple[str, str]:
    """The sentence of an event and its tone; a kind nobody has a sentence for is its name."""
    found = SENTENCES.get(kind)
    if found is None:
        return kind.replace("_", " "), "idle"
    sentence, tone = found
    blanks = _Blanks(fields)
    if kind == "vendor_trap" and "trap" in fields:
        blanks["trap"] = _report(fields["trap"], translate)
        if "port" in fields:
            blanks["trap"] += f" ({fields['port']})"
    return translate(sentence).format_map(blanks), tone


def _report(name: str, translate: Callable[[str], str]) -> str:
    """``h3c_fan_failed`` in words."""
    _vendor, _, what = name.partition("_")
    known = REPORTS.get(what) or REPORTS.get(what.partition("_")[2])
    return translate(known) if known else name.replace("_", " ")
