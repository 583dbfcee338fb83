"""What the asset ledger says of the city's equipment: invented, but as a bureau's books would be.

Everything follows from the device's asset number, so it is the same every time and costs no dice.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from zlib import crc32

from controller.seed.bulk import BulkWriter
from controller.seed.catalogue import MODELS, SERVICE_YEARS
from drivers.readings import Kind
from inventory.models import Acquisition, CatalogueModel

#: Yuan a device of each kind costs, about; and its class of GB/T 14885-2022, as far as it could be
#: looked up: docs/register.md says which codes were confirmed.
_PRICES: Final[dict[Kind, tuple[int, str]]] = {
    Kind.router: (6_800, "A02010201"),
    Kind.switch: (5_200, "A02010202"),
    Kind.firewall: (28_000, "A02010301"),
    Kind.access_point: (1_350, "A02010299"),
    Kind.wireless_controller: (18_500, "A02010299"),
    Kind.whiteboard: (19_800, "A02020800"),
    Kind.terminal: (4_300, "A02010105"),
    Kind.server: (32_000, "A02010104"),
    Kind.printer: (2_600, "A02021000"),
    Kind.projector: (5_600, "A02020200"),
    Kind.display: (3_900, "A02021104"),
    Kind.ups: (4_800, "A02061504"),
    Kind.camera: (980, "A02091107"),
    Kind.recorder: (36_000, "A02091107"),
    Kind.storage: (24_000, "A02010599"),
}
_USUAL: Final = (3_000, "A02019900")
_SUPPLIERS: Final = (
    "浙江中教信息技术有限公司",
    "宁波甬教科技有限公司",
    "杭州智学装备有限公司",
    "江南教育装备有限公司",
    "上海启明系统集成有限公司",
)
_FUNDS: Final = (
    "{year}年教育信息化更新专项",
    "{year}年生均公用经费",
    "{year}年薄弱学校改造资金",
)
_FAMILY: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭"
_GIVEN: Final = ("建国", "秀英", "丽", "伟", "芳", "敏", "静", "强", "磊", "洋", "艳", "勇", "军")
_YEARS_OF_WARRANTY: Final = {Kind.server: 5, Kind.whiteboard: 5, Kind.terminal: 3}
_MODEL_YEARS: Final = 7


def ledger(asset: str, kind: Kind, put_up: date, *, price: int | None = None) -> dict[str, Any]:
    """Columns of a device's asset ledger.

    Args:
        asset: its asset number, from which everything follows.
        kind: what it is.
        put_up: when it was put up; it was bought some weeks before.
        price: yuan its model costs by the list; what the kind costs where nobody knows.
    """
    dice = crc32(asset.encode())
    yuan, asset_class = _PRICES.get(kind, _USUAL)
    bought = put_up - timedelta(days=8 + dice % 37)
    donated = dice % 41 == 0
    # Bought in rounds: a tender takes 3 to 15 per cent off the list.
    fen = (price or yuan) * (97 - dice // 7 % 13)
    fund = _FUNDS[dice // 11 % len(_FUNDS)].format(year=bought.year)
    warranty = timedelta(days=365 * _YEARS_OF_WARRANTY.get(kind, 3))
    family, given = _FAMILY[dice // 17 % len(_FAMILY)], _GIVEN[dice // 19 % len(_GIVEN)]
    return {
        "asset_class": asset_class,
        "acquisition": Acquisition.donation if donated else Acquisition.purchase,
        "supplier": _SUPPLIERS[(bought.year + dice // 13 % 2) % len(_SUPPLIERS)],
        "purchased_on": bought,
        "price_cny": Decimal(fen).scaleb(-2),
        "funding_source": "社会捐赠" if donated else fund,
        "warranty_until": bought + warranty,
        "custodian": family + given,
    }


def list_price(kind: Kind, vendor: str, name: str) -> int:
    """Yuan a model costs by the list."""
    yuan, _ = _PRICES.get(kind, _USUAL)
    return yuan * (85 + crc32(f"{vendor}/{name}".encode()) % 36) // 100


def write_catalogue(
    writer: BulkWriter, known: Mapping[tuple[str, str], str]
) -> Mapping[tuple[str, str], str]:
    """Put the models the schools own into the catalogue; ids of all by vendor and name.

    Args:
        writer: takes the rows.
        known: ids of what the catalogue has already, which stays as it is.
    """
    ids = dict(known)
    for kind, models in MODELS.items():
        for model in models:
            named = model.vendor, model.name
            if named in ids:
                continue
            ids[named] = f"m{crc32('/'.join(named).encode()):08x}"
            sold_until = model.since + _MODEL_YEARS - 1
            writer.add(
                CatalogueModel,
                id=ids[named],
                vendor=model.vendor,
                model=model.name,
                kind=kind,
                expected_life_months=12 * SERVICE_YEARS.get(kind, _MODEL_YEARS),
                end_of_sale=date(sold_until, 12, 31),
                end_of_security_patches=date(sold_until + 3, 12, 31),
                end_of_support=date(sold_until + 5, 12, 31),
                list_price_cny=Decimal(list_price(kind, *named)),
            )
    return ids
