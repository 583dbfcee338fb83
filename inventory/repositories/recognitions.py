"""Questions about campus programmes schools have been recognised in."""

from typing import ClassVar

from inventory.models import Recognition
from inventory.repositories.of_school import OfSchool


class RecognitionRepository(OfSchool[Recognition]):
    """Recognitions of the schools within the caller's scope."""

    _model = Recognition
    _order: ClassVar = ("programme", "recognised_on")
