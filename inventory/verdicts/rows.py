"""Rows of kept verdicts as they are read: plain tuples, thousands at a time."""

from datetime import date, datetime
from typing import NamedTuple

from inventory.models import SchoolForm, Setting, Stage


class SchoolFacts(NamedTuple):
    """What a school is listed and grouped by."""

    code: str
    path: str
    name: str
    name_en: str
    stage: Stage
    setting: Setting
    form: SchoolForm


class KeptMonth(NamedTuple):
    """Of one school's month what trends are made of."""

    month: date
    school_code: str
    standing: str
    median_down: float | None
    median_up: float | None
    students: int
    is_final: bool


class KeptSchool(NamedTuple):
    """One school's month; fields as those of :class:`inventory.models.MonthVerdict`."""

    school_code: str
    standing: str
    standard: str
    target: str
    asked: float | None
    provider: str
    contracted_down: float | None
    contracted_up: float | None
    median_down: float | None
    median_up: float | None
    reached_down: float | None
    reached_up: float | None
    tests: int
    passed: int
    availability: float | None
    latency: float | None
    utilisation: float | None
    notes: str
    pending: int
    students: int
    policy: str
    method: str
    computed_at: datetime
    is_final: bool
    frozen_at: datetime | None
    edition_id: str | None


class Stamp(NamedTuple):
    """What changes when any verdict of a month does."""

    schools: int
    oldest: datetime
    newest: datetime
    frozen: datetime | None


class TargetCount(NamedTuple):
    """Schools in one state under one target."""

    standard: str
    version: int
    target: str
    fingerprint: str
    measure: str
    state: str
    schools: int


class Computed(NamedTuple):
    """How far a month is: verdicts kept, final and frozen ones; the oldest and newest time."""

    schools: int
    final: int
    frozen: int
    first: datetime | None
    last: datetime | None
