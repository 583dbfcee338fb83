"""What the school statistics said of a school, year by year."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class SchoolFigures(SQLModel, table=True):
    """One snapshot; ``School.students`` and its neighbours are those of the newest one."""

    __tablename__ = "school_figures"
    __table_args__ = (
        UniqueConstraint(
            "school_code",
            "school_year",
            "taken_on",
            name="uq_school_figures_school_code_school_year_taken_on",
        ),
    )

    id: str = Field(primary_key=True, max_length=20)
    school_code: str = Field(foreign_key="school.code", index=True)
    #: The year it begins in: 2026 is September 2026 to August 2027.
    school_year: int
    students: int
    teachers: int
    classes: int
    #: Where the figures are from, such as the form of the school statistics.
    source: str = Field(default="", max_length=200)
    taken_on: date
