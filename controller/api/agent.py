"""``/api/agent/v1``: how boxes bring what they read."""

from fastapi import APIRouter, Request, Response

from controller.api.agent_caller import NonceRoute, body_of, intake, sending_agent
from controller.api.schemas import PROBLEMS
from controller.errors import UnsupportedMedia
from drivers.readings import BATCH_CONTENT_TYPE
from drivers.signatures import AGENT_API

router = APIRouter(prefix=AGENT_API, tags=["agent"], responses=PROBLEMS, route_class=NonceRoute)


@router.post(
    "/batches",
    status_code=204,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {BATCH_CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def store_batch(request: Request) -> Response:
    """Store one batch: 204 now, 409 before, 413 split it, 422 never, 429 and 503 later."""
    announced = request.headers.get("content-length", "")
    taking = intake(request)
    # A body of unknown length may be as long as any may.
    size = int(announced) if announced else request.app.state.settings.max_batch_bytes
    # The place comes first: to refuse must cost next to nothing when too many come.
    with taking.admit(size) as place:
        agent = await sending_agent(request)
        if request.headers.get("content-type", "").partition(";")[0] != BATCH_CONTENT_TYPE:
            raise UnsupportedMedia(expected=BATCH_CONTENT_TYPE)
        place.given_to(agent.id)
        await taking.take(agent.id, await body_of(request, agent.proof.body), place.weigh)
    return Response(status_code=204)
