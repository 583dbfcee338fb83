"""Questions about what was counted ahead."""

from collections.abc import Mapping
from datetime import datetime

from inventory.models import SchoolSummary
from inventory.repositories.scoped import Repository
from inventory.summaries import Figures, counted_at, figures_of


class SummaryRepository(Repository):
    """Figures of the schools within the caller's scope."""

    def figures(self, now: datetime) -> Mapping[str, Figures] | None:
        """Each school by its code; ``None``: nothing is counted ahead, and has to be counted."""
        if counted_at(self._session, now) is None:
            return None
        return figures_of(self._session, self._at_visible_school(SchoolSummary.school_code))
