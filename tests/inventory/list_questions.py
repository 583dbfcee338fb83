"""Lists of devices that are asked for in every order, and how many rows each may read."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.readings import Kind
from inventory.days import day_of
from inventory.models import Lifecycle
from inventory.repositories.devices import DeviceWish
from inventory.scope import Scope
from inventory.status import Status

_TODAY = day_of(datetime.now(UTC))
_OVER = _TODAY - timedelta(days=1)
CITY, COUNTY = Scope.everything(), Scope.of(["/3300/3300C/"])
#: Filters, and who asks.
LISTS: Mapping[str, tuple[Scope, Mapping[str, Any]]] = {
    "everything": (CITY, {}),
    "everything of a county": (COUNTY, {}),
    "below a path": (CITY, {"under": "/3300/3309C/"}),
    "of a kind": (CITY, {"kind": Kind.switch}),
    "healthy": (CITY, {"status": Status.healthy}),
    "down": (CITY, {"status": Status.down}),
    "out of service": (CITY, {"lifecycle": Lifecycle.in_stock}),
    "of a frequent vendor": (CITY, {"wish": DeviceWish(vendor="Huawei")}),
    "of a rare vendor": (CITY, {"wish": DeviceWish(vendor="Vendor 7")}),
    "old": (CITY, {"wish": DeviceWish(purchased_until=_TODAY - timedelta(days=1_826))}),
    "of several": (
        CITY,
        {
            "kind": Kind.whiteboard,
            "status": Status.down,
            "wish": DeviceWish(vendor="Huawei", warranty_until=_OVER),
        },
    ),
    "a number": (CITY, {"search": "SN1234"}),
    "a frequent word": (CITY, {"search": "device"}),
    "a frequent word, down": (CITY, {"search": "device", "status": Status.down}),
    "a frequent word of a county": (COUNTY, {"search": "huawei"}),
    "a word of nothing": (CITY, {"search": "nowhere"}),
}
