"""``/alertmanager``: alerts of other systems, as Alertmanager sends them (webhook, version 4)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from alerts.notify.incoming import ForeignAlert, take
from controller.api.schemas import PROBLEMS, Schema
from controller.auth.permissions import Permission
from controller.deps import DbSession, Within
from inventory.models.base import utc_now
from inventory.scope import Scope

router = APIRouter(prefix="/alertmanager", tags=["notifications"], responses=PROBLEMS)
_MOST = 500
_Text = Annotated[str, Field(max_length=4_000)]


class AlertmanagerAlert(BaseModel):
    """One alert; its labels name a device: ``device_id``, ``serial``, ``address``, ``instance``."""

    status: Literal["firing", "resolved"]
    labels: dict[str, _Text] = Field(max_length=100)
    annotations: dict[str, _Text] = Field(default_factory=dict, max_length=100)
    fingerprint: str = Field(default="", max_length=64)


class AlertmanagerGroup(BaseModel):
    """What Alertmanager posts to a receiver; what else it says is left."""

    version: Literal["4"]
    alerts: list[AlertmanagerAlert] = Field(max_length=_MOST)


class AlertmanagerTaken(Schema):
    """What came of it; ``unknown``: places of alerts whose device is not known here."""

    opened: int
    cleared: int
    unknown: list[int]


SenderScope = Annotated[Scope, Depends(Within(Permission.manage_notifications))]


@router.post("/webhook")
def take_alerts(
    session: DbSession, scope: SenderScope, body: AlertmanagerGroup
) -> AlertmanagerTaken:
    """Open and clear alerts of the caller's devices; what is sent again changes nothing."""
    alerts = [
        ForeignAlert(one.status == "firing", one.labels, one.annotations, one.fingerprint)
        for one in body.alerts
    ]
    done = take(session, scope, alerts, utc_now())
    return AlertmanagerTaken(
        opened=len(done.judgement.opened),
        cleared=len(done.judgement.cleared),
        unknown=list(done.unknown),
    )
