"""What is known of a technician beside the log-in."""

from datetime import date

from sqlmodel import Field, SQLModel


class TechnicianProfile(SQLModel, table=True):
    """What somebody repairs, how much at once, and when not; without a row: anything, always."""

    __tablename__ = "technician_profile"

    user_id: str = Field(primary_key=True, foreign_key="app_user.id", max_length=20)
    #: Kinds of devices and of faults, codes with spaces between; empty: all of them.
    kinds: str = Field(default="", max_length=1000)
    categories: str = Field(default="", max_length=1000)
    #: Open tickets beyond which no further one is proposed; none: no bound.
    most_open: int | None = None
    #: First and last day away.
    away_from: date | None = None
    away_until: date | None = None
