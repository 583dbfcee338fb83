"""One word for one thing: glossary, code and catalogues agree, and nothing is missing."""

import subprocess
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from alerts.models import Severity, TicketState
from controller.pages.views.bandwidth import _WORDS as BANDWIDTH
from controller.pages.views.states import status_word
from controller.words.terms import METRICS, word
from drivers.dictionary import METRICS as DICTIONARY
from drivers.readings import Kind, Outcome
from inventory.models import (
    Acquisition,
    AppealRemedy,
    AppealState,
    ApprovalDecision,
    CertificateLevel,
    DisposalState,
    EditionKind,
    EditionState,
    EquipmentBasis,
    Level,
    Lifecycle,
    Medium,
    OrderState,
    ProjectForm,
    ProjectStage,
    Protocol,
    RequestState,
    Role,
    RoomKind,
    SchoolChangeKind,
    SchoolForm,
    Setting,
    StaffRole,
    Stage,
    StageState,
    TransferState,
    WipeMethod,
)
from inventory.status import Status

ROOT = Path(__file__).parents[2]
CATALOGUES = {
    "controller": (("controller", "alerts", "inventory"), "controller"),
    "agent": (("agent", "drivers"), "agent"),
}
ENUMS: Mapping[str, type[StrEnum]] = {
    "kind": Kind,
    "outcome": Outcome,
    "protocol": Protocol,
    "lifecycle": Lifecycle,
    "level": Level,
    "setting": Setting,
    "form": SchoolForm,
    "stage": Stage,
    "room_kind": RoomKind,
    "staff_role": StaffRole,
    "certificate_level": CertificateLevel,
    "school_change": SchoolChangeKind,
    "equipment_basis": EquipmentBasis,
    "acquisition": Acquisition,
    "medium": Medium,
    "severity": Severity,
    "ticket_state": TicketState,
    "role": Role,
    "request_state": RequestState,
    "approval_decision": ApprovalDecision,
    "project_form": ProjectForm,
    "project_stage": ProjectStage,
    "stage_state": StageState,
    "order_state": OrderState,
    "transfer_state": TransferState,
    "disposal_state": DisposalState,
    "wipe_method": WipeMethod,
    "edition_kind": EditionKind,
    "edition_state": EditionState,
    "appeal_state": AppealState,
    "appeal_remedy": AppealRemedy,
}


@pytest.fixture(scope="module")
def terms() -> Mapping[str, Mapping[str, str]]:
    """Terms of the glossary by id."""
    loaded = yaml.safe_load((ROOT / "docs/glossary/terms.yaml").read_text())["terms"]
    by_id = {term["id"]: term for term in loaded}
    assert len(by_id) == len(loaded), "an id stands twice"
    return by_id


@pytest.mark.parametrize("name", ENUMS)
def test_every_word_of_an_enumeration_is_the_glossarys(
    name: str, terms: Mapping[str, Mapping[str, str]]
) -> None:
    for value in ENUMS[name]:
        assert terms[f"{name}.{value.value}"]["en"] == word(value)


def test_statuses_and_bandwidth_states_are_the_glossarys(
    terms: Mapping[str, Mapping[str, str]],
) -> None:
    for status in Status:
        assert terms[f"status.{status.value}"]["en"] == status_word(status)
    for state, (text, _) in BANDWIDTH.items():
        assert terms[f"bandwidth.{state}"]["en"] == text


def test_every_metric_of_the_dictionary_has_a_word(
    terms: Mapping[str, Mapping[str, str]],
) -> None:
    assert set(METRICS) == set(DICTIONARY)
    for name, text in METRICS.items():
        assert terms[f"metric.{name}"]["en"] == text


def test_one_english_word_has_one_chinese_word(terms: Mapping[str, Mapping[str, str]]) -> None:
    chinese: dict[str, str] = {}
    for term in terms.values():
        assert chinese.setdefault(term["en"], term["zh_CN"]) == term["zh_CN"], term["id"]


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_uses_the_words_of_the_glossary(
    name: str, terms: Mapping[str, Mapping[str, str]]
) -> None:
    chinese = {term["en"]: term["zh_CN"] for term in terms.values()}
    wrong = {
        message.id: message.string
        for message in _catalogue(name)
        if message.id in chinese and message.string != chinese[message.id]
    }
    assert wrong == {}


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_is_complete_and_fresh(name: str, tmp_path: Path) -> None:
    """What the code says today is what the catalogue has, and all of it is translated."""
    extracted = {_key(message) for message in _extracted(name, tmp_path / "messages.pot")}
    translated = {_key(m) for m in _catalogue(name) if all(_strings(m)) and not m.fuzzy}
    assert extracted - translated == set(), "untranslated; see docs/glossary/README.md"
    assert {_key(message) for message in _catalogue(name)} - extracted == set(), "not used any more"


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_translation_keeps_the_placeholders(name: str) -> None:
    faults = [(message.id, error) for message in _catalogue(name) for error in message.check()]
    assert faults == []
    for message in _catalogue(name):
        if isinstance(message.id, str):
            assert _braces(message.id) == _braces(str(message.string)), message.id


def _key(message: Any) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _strings(message: Any) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _braces(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def _catalogue(name: str) -> list[Any]:
    folder = CATALOGUES[name][1]
    path = ROOT / folder / "locale/zh_CN/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return _messages(read_po(file, locale="zh_CN"))


def _extracted(name: str, template: Path) -> list[Any]:
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract"]
    command += ["-F", "babel.cfg", "-k", "N_", "-o", str(template), *CATALOGUES[name][0]]
    subprocess.run(command, cwd=ROOT, check=True)
    with template.open("rb") as file:
        return _messages(read_po(file))


def _messages(catalogue: Catalog) -> list[Any]:
    return [message for message in catalogue if message.id]
