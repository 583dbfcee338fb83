"""Where equipment of a school stands: campuses, buildings, rooms."""

from fastapi import APIRouter
from starlette.responses import Response

from controller.pages.look import Looking
from controller.pages.views.places import places_view

router = APIRouter()


@router.get("/schools/{code}/places")
def places_page(code: str, look: Looking) -> Response:
    """Rooms by building, with what stands in them.

    Raises:
        NotFound: no such school within the caller's scope.
    """
    return look.show("places", places_view(look, code))
