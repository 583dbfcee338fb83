"""The words of reports: what codes are called, and whose names are shown in which language."""

from collections.abc import Mapping

from controller.compliance.states import ORDER, State
from controller.language import N_, Language
from controller.reports.chapters import ChapterKind
from controller.reports.content import GroupKind, Name, ReportKind
from controller.words.compliance import FLOWS, note_word, state_word
from controller.words.terms import SETTINGS, STAGES
from inventory.models import SchoolForm, Setting, Stage
from inventory.standards.model import Flow

#: In the order of tables and charts: what is met first, what nobody knows last.
STATES: tuple[State | None, ...] = (
    State.compliant,
    State.marginal,
    State.non_compliant,
    State.insufficient_data,
    State.not_testable,
    None,
    State.exempt,
)
#: Of these nobody can say whether they comply; they stay in the denominator.
UNKNOWN_STATES: tuple[State | None, ...] = (State.insufficient_data, State.not_testable, None)
TITLES: Mapping[ReportKind, str] = {
    ReportKind.month: N_("Report on the bandwidth of schools"),
    ReportKind.year: N_("Annual development report"),
}
GROUPS: Mapping[GroupKind, str] = {
    GroupKind.county: N_("By county"),
    GroupKind.township: N_("By township"),
    GroupKind.stage: N_("By stage"),
    GroupKind.setting: N_("Urban and rural"),
    GroupKind.provider: N_("By Internet provider"),
}
CHAPTERS: Mapping[ChapterKind, str] = {
    ChapterKind.equipment: N_("Equipment of schools"),
    ChapterKind.procurement: N_("Procurement and budget"),
    ChapterKind.maintenance: N_("Maintenance"),
    ChapterKind.administrators: N_("Administrators"),
}
#: What a group is called that has no name of its own.
_NAMELESS = N_("Not known")
#: Teaching points are counted apart from the settings.
TEACHING_POINT = "teaching_point"


def name_in(name: Name, lang: Language) -> str:
    """A name as the reader's language has it."""
    return (name.name_en if lang.code == "en" else "") or name.name or name.code


def state_in(state: State | None, lang: Language) -> str:
    return lang.gettext(state_word(state))


def flow_in(flow: Flow, lang: Language) -> str:
    return lang.gettext(FLOWS[flow])


def notes_in(notes: tuple[str, ...], lang: Language) -> str:
    """Notes as sentences, one after the other."""
    between = " " if lang.code == "en" else ""
    return between.join(lang.gettext(note_word(one)) for one in dict.fromkeys(notes))


def group_in(by: GroupKind, key: str, name: str, name_en: str, lang: Language) -> str:
    """What a group is called."""
    if name:
        return name_in(Name(code=key, name=name, name_en=name_en), lang)
    if by is GroupKind.stage and key:
        return lang.gettext(STAGES[Stage(key)])
    if by is GroupKind.setting and key:
        word = N_("Teaching point") if key == TEACHING_POINT else SETTINGS[Setting(key)]
        return lang.gettext(word)
    return key or lang.gettext(_NAMELESS)


def setting_of(form: SchoolForm, setting: Setting) -> str:
    """What a school is counted under: a teaching point by itself."""
    return TEACHING_POINT if form is SchoolForm.teaching_point else setting.value


def worst_of(states: tuple[State, ...]) -> State | None:
    """The worst of some states."""
    return min(states, key=ORDER.index, default=None)
