"""Every state, note, finding, direction and measure of a verdict has its word."""

from pathlib import Path

import yaml

from controller.compliance.results import Note
from controller.compliance.states import State
from controller.words.compliance import (
    ADVICE,
    COMPARISONS,
    FINDINGS,
    HOLDERS,
    MEANINGS,
    NO_TARGET,
    PENDING,
    QUESTIONS,
    STATES,
    TONES,
    Finding,
    flow_word,
    measure_word,
    note_word,
    state_tone,
    state_word,
)
from inventory.standards.model import Comparison, Flow, Holder, Measure, QuestionKind

_TERMS = Path(__file__).parents[2] / "docs/glossary/terms.yaml"
_ALL = {*State, NO_TARGET, PENDING}


def test_every_state_has_word_colour_meaning_and_advice() -> None:
    for table in (STATES, TONES, MEANINGS, ADVICE):
        assert set(table) == _ALL


def test_states_and_findings_are_the_glossarys() -> None:
    terms = {one["id"]: one for one in yaml.safe_load(_TERMS.read_text())["terms"]}
    for state, text in STATES.items():
        assert terms[f"compliance_state.{state}"]["en"] == text
    for finding, text in FINDINGS.items():
        assert terms[f"finding.{finding}"]["en"] == text


def test_everything_a_verdict_says_is_said_in_words() -> None:
    words = [
        *map(note_word, Note),
        *map(flow_word, Flow),
        *map(measure_word, Measure),
        *(COMPARISONS[one] for one in Comparison),
        *(HOLDERS[one] for one in Holder),
        *(QUESTIONS[one] for one in QuestionKind),
        *(FINDINGS[one] for one in Finding),
    ]
    assert all(words)


def test_a_school_without_a_state_is_one_without_a_target() -> None:
    assert state_word(None) == state_word("no_target") == "No target set"
    assert state_tone(None) == "idle"
    assert state_word("non_compliant") == state_word(State.non_compliant) == "Non-compliant"
