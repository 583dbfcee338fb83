"""What an alert rule says, in the reader's words."""

from collections.abc import Mapping
from datetime import timedelta
from math import inf

from babel.dates import format_timedelta

from alerts.judging.conditions import (
    OF_CONTROLLER,
    Absence,
    AgentSilent,
    AlertFlood,
    Clock,
    ClockSkew,
    Condition,
    Ending,
    Ends,
    Flapping,
    Forecast,
    LineDown,
    Listed,
    NobodyHeard,
    PowerCut,
    Rate,
    Repeated,
    Side,
    SitesDark,
    State,
    Threshold,
    Work,
)
from alerts.judging.rules import Definition
from alerts.messages import rule_name
from alerts.rulebook.models import RuleAct
from alerts.rulebook.text import changes
from controller.language import LENGTHS, N_, Language
from controller.words.events import REPORTS
from controller.words.terms import KINDS
from drivers.dictionary import METRICS

ACTS: Mapping[RuleAct, str] = {
    RuleAct.made: N_("Rule made"),
    RuleAct.edited: N_("Rule edited"),
    RuleAct.switched_on: N_("Rule switched on"),
    RuleAct.switched_off: N_("Rule switched off"),
    RuleAct.moved: N_("Rule moved"),
    RuleAct.restored: N_("Old version taken back"),
    RuleAct.removed: N_("Rule taken away"),
}
_THRESHOLDS = {
    Side.above: N_(
        "Alerts when “{metric}” stays above {level} for {hold}; ends once it has been {clear} or"
        " less for {clear_after}."
    ),
    Side.below: N_(
        "Alerts when “{metric}” stays below {level} for {hold}; ends once it has been {clear} or"
        " more for {clear_after}."
    ),
}
_RATES = {
    Side.above: N_(
        "Alerts when “{metric}” rises by {by} within {within}; ends once it rises by less than"
        " {clear} in that time."
    ),
    Side.below: N_(
        "Alerts when “{metric}” falls by {by} within {within}; ends once it falls by less than"
        " {clear} in that time."
    ),
}
_STATE = N_(
    "Alerts when “{metric}” has been {values} for {hold}; ends once it has been otherwise for"
    " {clear_after}."
)
_FORECAST = N_(
    "Alerts when the trend of “{metric}” over {over} reaches {level} within {within} from now."
)
_POLLS = N_(
    "Alerts when a device has not answered {polls} polls in a row; ends once it has answered for"
    " {clear_after}."
)
_SILENT = N_(
    "Alerts when a device has not answered for {hold}; ends once it has answered for {clear_after}."
)
_SCHOOL = N_(
    "Alerts when a device has not answered for {hold} of school hours; ends once it has answered"
    " for {clear_after}."
)
_CLOCK = N_(
    "Alerts when the clock of an agent's box has been off by {level} s for {hold}; ends once it is"
    " off by {clear} s or less."
)
_LISTED = N_(
    "Alerts once a school when at least {least} of these have waited for {hold}: {work}; ends once"
    " there are none."
)
_LISTED_AT_ONCE = N_(
    "Alerts once a school when there are at least {least} of these: {work}; ends once there are"
    " none."
)
_ENDING = N_(
    "Alerts once a school and month, {within} before the first of these: {ends}; ends once all are"
    " prolonged or over."
)
_ENDING_OWN = N_(
    "Alerts {within} before this ends, for the bureau at the top: {ends}; ends once it is renewed."
)
WORKS: Mapping[Work, str] = {
    Work.unknown_devices: N_("unknown devices in the network"),
    Work.telnet_open: N_("devices that let people in by telnet"),
    Work.public_communities: N_("devices that answer to a well-known community"),
    Work.default_logins: N_("devices that open to a maker's default password"),
    Work.changed_configurations: N_("changed configurations that nobody has accepted"),
    Work.wrong_clocks: N_("devices whose clock is off by five minutes or more"),
}
ENDS: Mapping[Ends, str] = {
    Ends.warranty: N_("warranties that end"),
    Ends.support: N_("models whose support ends"),
    Ends.certificate: N_("certificates that end"),
    Ends.controller: N_("the certificate the controller shows"),
    Ends.authority: N_("the authority that boxes trust"),
}
_POWER = N_(
    "Alerts when a UPS has lived on its battery for {hold}; ends once mains have been back for"
    " {clear_after}."
)
_AGENT = N_(
    "Alerts when a box has not been heard for {hold}; ends once it has been heard again for"
    " {clear_after}."
)
_LINE = N_(
    "Alerts when a line has carried nothing for {hold}, or nothing of a school is reached from"
    " elsewhere for as long; ends once it has worked again for {clear_after}."
)
_NOBODY = N_(
    "Alerts the bureau at the top when not one of {boxes} boxes or more has been heard for {hold};"
    " ends once one is heard again."
)
_FLAPPING = N_(
    "Alerts when a port goes up or down {changes} times within {within}; ends once it has been"
    " steady for {clear_after}."
)
_REPEATED = N_(
    "Alerts when a device reports “{event}” {times} times within {within}; ends once it has not"
    " done so for {clear_after}."
)
_DARK = N_(
    "Alerts once a bureau when at least {sites} schools, and {share} of those watched below it, go"
    " dark within {within} of each other; ends once most are back and nothing has changed for"
    " {clear_after}."
)
_FLOOD = N_(
    "Alerts once a bureau when more than {alerts} alerts are new within {within}; ends once no"
    " more than so many were new within {clear_after}."
)
_REPORTED: Mapping[str, str] = {
    "authentication_failure": N_("wrong community or user"),
    **REPORTS,
}
_OTHER = N_("Alerts of: {fault}.")
_OWN: Mapping[type[Condition], str] = {
    PowerCut: _POWER,
    AgentSilent: _AGENT,
    LineDown: _LINE,
    NobodyHeard: _NOBODY,
    Flapping: _FLAPPING,
    Repeated: _REPEATED,
    SitesDark: _DARK,
    AlertFlood: _FLOOD,
    State: _STATE,
    Forecast: _FORECAST,
    ClockSkew: _CLOCK,
    Listed: _LISTED,
    Ending: _ENDING,
}
_SPANS = ("hold", "clear_after", "within", "over")
_SAYS = {True: N_("Yes"), False: N_("No")}
_DAY = 86_400
_BITS = (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3))


def sentence(definition: Definition, lang: Language) -> str:
    """When it begins to tell, and when it ends, in one sentence."""
    condition = definition.condition
    values = {name: getattr(condition, name) for name in condition.__dataclass_fields__}
    told = {
        name: _span(value, lang) if name in _SPANS else _number(value, lang)
        for name, value in values.items()
    }
    if "metric" in values:
        metric = METRICS[values["metric"]]
        told["metric"] = (metric.zh if lang.code == "zh_CN" else metric.en).rstrip("。.")
        for name in told.keys() & {"level", "clear", "by"}:
            told[name] = _quantity(values[name], values["metric"], lang)
        if isinstance(condition, State):
            said = (_quantity(one, values["metric"], lang) for one in condition.values)
            told["values"] = ", ".join(said)
    if isinstance(condition, Listed):
        told["work"] = lang.gettext(WORKS[condition.work])
    if isinstance(condition, Ending):
        told["ends"] = lang.gettext(ENDS[condition.ends])
    if isinstance(condition, Repeated):
        reported = _REPORTED.get(condition.event)
        told["event"] = condition.event if reported is None else lang.gettext(reported)
    if isinstance(condition, SitesDark):
        told["share"] = lang.percent(condition.share, 1)
    told["fault"] = rule_name(definition.rule, lang.gettext)
    return lang.gettext(_pattern(definition)).format(**told)


def where_words(definition: Definition, lang: Language, names: Mapping[str, str]) -> str:
    """What it is about: kinds, models, tags, and bureaus or schools by their names."""
    comma = "、" if lang.code == "zh_CN" else ", "
    where = definition.where
    parts = [comma.join(lang.gettext(KINDS[kind]) for kind in sorted(where.kinds))]
    parts += [comma.join(sorted(some)) for some in (where.models, where.tags)]
    parts.append(comma.join(names.get(code, code) for code in sorted(where.organisations)))
    return " · ".join(one for one in parts if one) or lang.gettext(N_("All devices"))


def change_words(before: Definition, after: Definition) -> list[tuple[str, str, str]]:
    """Fields in which two versions differ, under the names they have in the text."""
    return [(name, was or "—", now or "—") for name, was, now in changes(before, after)]


def _pattern(definition: Definition) -> str:
    condition = definition.condition
    if isinstance(condition, Threshold):
        return _THRESHOLDS[condition.side]
    if isinstance(condition, Rate):
        return _RATES[condition.side]
    if isinstance(condition, Absence):
        usual = _SILENT if condition.hold else _POLLS
        return _SCHOOL if condition.clock is Clock.school else usual
    if isinstance(condition, Ending) and condition.ends in OF_CONTROLLER:
        return _ENDING_OWN
    if isinstance(condition, Listed) and not condition.hold:
        return _LISTED_AT_ONCE
    return _OWN.get(type(condition), _OTHER)


def found_value(metric: str, value: float, lang: Language) -> str:
    """A figure of a metric that was found, to three digits; of no metric, the figure alone."""
    rounded = float(f"{value:.3g}")
    return _quantity(rounded, metric, lang) if metric in METRICS else _number(rounded, lang)


def _number(value: object, lang: Language) -> str:
    if isinstance(value, tuple):
        return ", ".join(_number(one, lang) for one in value)
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _span(seconds: float, lang: Language) -> str:
    """A length of time, exactly; beyond a day in one unit, of school hours as well."""
    if seconds < _DAY:
        return lang.span(seconds)
    unit = next((name for name, length in LENGTHS[1:] if seconds % length == 0), LENGTHS[-1][0])
    length = timedelta(seconds=seconds)
    return format_timedelta(length, granularity=unit, threshold=inf, locale=lang.locale)


def _quantity(value: object, metric: str, lang: Language) -> str:
    """A value with its unit, in what people call it by."""
    unit = METRICS[metric].unit
    if not isinstance(value, int | float):
        return str(value)
    if metric.endswith("_ratio"):
        return lang.percent(value, 1)
    if unit in ("0/1", "s"):
        return _said(value, unit, lang)
    for name, size in _BITS if unit == "bit/s" else ():
        if abs(value) >= size:
            return f"{value / size:g} {name}"
    if unit.startswith("1/"):
        return _number(value, lang) + unit[1:]
    return _number(value, lang) + ("" if unit in ("1", "") else f" {unit}")


def _said(value: float, unit: str, lang: Language) -> str:
    """A yes or no, or a time, in words; less than a minute in seconds."""
    if unit == "0/1":
        return lang.gettext(_SAYS[value > 0])
    return lang.span(value) if value >= LENGTHS[-2][1] else f"{_number(value, lang)} s"
