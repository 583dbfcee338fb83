"""Models that schools of the synthetic city own. Makers are real, shares and details invented."""

from dataclasses import dataclass
from typing import Final

from drivers.readings import Kind


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Args:
        share: how often it is chosen among those of its kind.
        since: first year in which it was sold; for seven years from then.
        version: of what runs on it; ``{n}`` counts up with the years. Empty: it does not say.
        ports: access ports, of switches and gateways.
    """

    vendor: str
    name: str
    share: float
    since: int
    version: str = ""
    ports: int = 0

    def sold_in(self, year: int) -> bool:
        return self.since <= year < self.since + 7


_VRP: Final = "V200R0{n:02d}C10SPC500"
_COMWARE: Final = "7.1.{n:03d}, Release 63{n:02d}P08"
_RGOS: Final = "RGOS 12.5(4)B{n:02d}02"

#: The first ones are the oldest, and what is bought when nothing else fits the year.
MODELS: Final[dict[Kind, tuple[Model, ...]]] = {
    Kind.router: (
        Model("H3C", "MSR2600-10", 3, 2012, _COMWARE, 4),
        Model("Huawei", "AR1220E", 3, 2015, _VRP, 8),
        Model("H3C", "MSR3610-X1", 4, 2018, _COMWARE, 4),
        Model("Ruijie", "RG-RSR20-X28", 2, 2017, _RGOS, 8),
        Model("Huawei", "AR651", 4, 2020, _VRP, 8),
        Model("Ruijie", "RG-EG3210", 3, 2021, _RGOS, 8),
    ),
    Kind.firewall: (
        Model("Huawei", "USG6320", 3, 2014, _VRP, 8),
        Model("H3C", "SecPath F1000-AK135", 3, 2018, _COMWARE, 8),
        Model("Hillstone", "SG-6000-A1100", 2, 2020, "StoneOS 5.5R{n:d}", 8),
        Model("Huawei", "USG6525E", 4, 2020, _VRP, 12),
    ),
    Kind.switch: (
        Model("H3C", "S3100V2-26TP-SI", 2, 2011, _COMWARE, 24),
        Model("Huawei", "S5700-28P-LI-AC", 3, 2013, _VRP, 24),
        Model("Ruijie", "RG-S2928G-E", 2, 2015, _RGOS, 24),
        Model("H3C", "S5130S-28S-EI", 4, 2017, _COMWARE, 24),
        Model("H3C", "S5130S-52S-EI", 2, 2017, _COMWARE, 48),
        Model("Huawei", "S5735-L24T4X-A", 4, 2020, _VRP, 24),
        Model("Huawei", "S5735-L48T4X-A", 2, 2020, _VRP, 48),
        Model("Ruijie", "RG-S2910-24GT4XS-E", 3, 2019, _RGOS, 24),
        Model("H3C", "S5130V2-28P-HPWR", 3, 2021, _COMWARE, 24),
    ),
    Kind.access_point: (
        Model("H3C", "WA2620i-AGN", 2, 2011, _COMWARE),
        Model("Ruijie", "RG-AP520", 3, 2014, "RGOS 11.1(5)B{n:02d}"),
        Model("Huawei", "AP4050DN", 4, 2016, _VRP),
        Model("Ruijie", "RG-AP720-L", 4, 2017, "RGOS 11.1(9)B{n:02d}"),
        Model("H3C", "WA6320", 4, 2019, _COMWARE),
        Model("Ruijie", "RG-AP820-L(V3)", 5, 2020, "RGOS 11.9(6)B{n:02d}"),
        Model("Huawei", "AirEngine 5761-11", 4, 2021, _VRP),
    ),
    Kind.wireless_controller: (
        Model("H3C", "WX2540H", 2, 2016, _COMWARE, 8),
        Model("Huawei", "AC6508", 3, 2018, _VRP, 10),
        Model("Ruijie", "RG-WS6008", 3, 2017, _RGOS, 8),
    ),
    Kind.ups: (
        Model("APC", "Smart-UPS SURT5000XLICH", 2, 2012, "UPS {n:02d}.3"),
        Model("SANTAK", "C3KS", 5, 2015, "V{n:d}.2"),
        Model("Huawei", "UPS2000-G-3KRTS", 3, 2018, "V100R0{n:02d}"),
    ),
    Kind.server: (
        Model("Inspur", "NF5270M4", 3, 2015, "BMC 4.{n:d}"),
        Model("Huawei", "RH2288H V3", 2, 2016, "iBMC 3.{n:d}"),
        Model("H3C", "UniServer R4900 G3", 4, 2019, "HDM 2.{n:d}"),
    ),
    Kind.storage: (
        Model("Synology", "RS1219+", 3, 2018, "DSM 7.{n:d}"),
        Model("Synology", "DS1621+", 3, 2020, "DSM 7.{n:d}"),
    ),
    Kind.recorder: (
        Model("Hikvision", "DS-8632N-K8", 4, 2017, "V4.{n:d}.010"),
        Model("Dahua", "DH-NVR4432-4KS2", 3, 2018, "4.00{n:d}"),
        Model("AVA", "AE-A6H", 2, 2016, "V3.{n:d}"),
    ),
    Kind.printer: (
        Model("HP", "LaserJet Pro M403dn", 4, 2016, "2019{n:02d}"),
        Model("Pantum", "P3300DN", 5, 2018, "V1.{n:d}"),
        Model("Brother", "HL-5590DN", 3, 2017, "1.{n:d}"),
        Model("KYOCERA", "ECOSYS P3145dn", 3, 2019, "2VS_{n:d}"),
    ),
    Kind.whiteboard: (
        Model("Hitevision", "HD-I7590E", 4, 2015, "Android 6.0.{n:d}"),
        Model("seewo", "S75EC", 5, 2016, "Android 6.0.{n:d}"),
        Model("seewo", "B86EB", 6, 2019, "Android 9.{n:d}"),
        Model("Hitevision", "HD-I8690K", 4, 2020, "Android 11.{n:d}"),
        Model("MAXHUB", "EC86CA", 3, 2020, "Android 11.{n:d}"),
    ),
    Kind.projector: (
        Model("EPSON", "CB-X36", 4, 2014),
        Model("EPSON", "CB-2042", 4, 2017),
        Model("Panasonic", "PT-BX441C", 3, 2018),
        Model("SONY", "VPL-EX575", 2, 2016),
    ),
    Kind.display: (
        Model("NEC", "V554", 2, 2016),
        Model("Philips", "55BDL3050Q", 3, 2019),
    ),
    Kind.camera: (
        Model("Hikvision", "DS-2CD2T45-I3", 5, 2016, "V5.{n:d}.0"),
        Model("Dahua", "DH-IPC-HFW4433M-I1", 4, 2017, "2.84{n:d}"),
        Model("Uniview", "IPC-B202-IR", 3, 2018, "B19{n:02d}"),
    ),
    Kind.terminal: (
        Model("Lenovo", "ThinkCentre M4000s", 3, 2013),
        Model("HP", "ProDesk 400 G4", 3, 2017),
        Model("Lenovo", "ThinkCentre M720t", 5, 2018),
        Model("Centerm", "C75", 3, 2018),
        Model("Ruijie", "RG-Rain310", 3, 2019),
        Model("Tongfang", "Chaoyue E500", 2, 2021),
        Model("Great Wall", "TN140A2", 3, 2021),
    ),
}  # fmt: skip
#: Years after which equipment of a kind is due for renewal, as the city's schools do it.
SERVICE_YEARS: Final[dict[Kind, int]] = {
    Kind.whiteboard: 8, Kind.projector: 7, Kind.terminal: 6, Kind.printer: 7, Kind.ups: 8,
}  # fmt: skip
