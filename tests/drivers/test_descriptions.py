"""Devices that give their system group alone: what sysDescr says in each maker's way is read."""

import asyncio

import pytest

from drivers.base import Oid, Value
from drivers.recording import Recording
from drivers.snmp.read import read_facts

#: Number under enterprises, sysDescr: vendor, kind, model, version.
SAID = [
    ("45.3.71.2", "Ethernet Routing Switch 4548GT-PWR   HW:01      FW:5.3.0.3   SW:v5.4.2.016",
     "Extreme switch 4548GT-PWR 5.4.2.016"),
    ("1916.2.93", "ExtremeXOS (X440G2-48t-10G4) version 22.3.1.4 by release-manager",
     "Extreme switch X440G2-48t-10G4 22.3.1.4"),
    ("26928.1", "AP230, HiveOS 8.2r1", "Extreme access_point AP230 8.2r1"),
    ("14988.2", "RB260GSP", "MikroTik switch RB260GSP -"),
    ("14988.1", "RouterOS RB2011UiAS", "MikroTik router RB2011UiAS -"),
    ("890.1.15", "USG_FLEX-100", "Zyxel firewall USG_FLEX-100 -"),
    ("9.6.1.32.571.1", "Cisco WAP571 Dual Radio Access Point with PoE, 1.0.0.17",
     "Cisco access_point WAP571 1.0.0.17"),
    ("41112.1.5", "EdgeOS v1.10.1", "Ubiquiti router - v1.10.1"),
    ("207.1.4.126", "AT-8000GS/48 version 2.0.0.26", "Allied Telesis switch AT-8000GS/48 2.0.0.26"),
    ("2385.3.1", "SHARP MX-2640N", "Sharp printer MX-2640N -"),
    ("1602.4.7", "Canon MF-5235 /P", "Canon printer MF-5235 -"),
    ("534.2.12", "Eaton 9SX3000i Gigabit Network Card", "Eaton ups 9SX3000i -"),
    ("171.10.76.28.1", "DGS-1210-28 6.12.007", "D-Link switch DGS-1210-28 6.12.007"),
    ("171.10.137.1.1", "DAP-2660", "D-Link access_point DAP-2660 -"),
    ("13464.1.3.26.9", "GBN S5750E", "GBN switch S5750E -"),
    ("52642.1.153.5", "FS S3900-24T4S Switch", "FS switch S3900-24T4S -"),
    ("39165.1.1", "DS-2CD2142FWD-I", "Hikvision camera DS-2CD2142FWD-I -"),
    ("39165.1.1", "DS-3E1326P-E Switch", "Hikvision switch DS-3E1326P-E -"),
    ("6486.802.1.1.2.2.1.4", "OAW-AP1321", "Alcatel-Lucent access_point OAW-AP1321 -"),
    ("6486.801.1.1.2.1.11.1.2", "Alcatel-Lucent Enterprise OS6860E-P48 8.7.98.R03 GA",
     "Alcatel-Lucent switch OS6860E-P48 8.7.98.R03"),
    ("3320.1.312", "BDCOM(tm) P3310C Software, Version 10.1.0E Build 12345",
     "BDCOM switch P3310C 10.1.0E"),
    ("2011.2.240.17", "AirEngine5760-51 Huawei Versatile Routing Platform VRP (R) Software, "
     "Version 5.170 (AirEngine5700 V200R019C00SPC803)",
     "Huawei access_point AirEngine5760-51 V200R019C00SPC803"),
    ("2011.2.321.8", "Huawei Versatile Routing Platform Software\r\nVRP, Version 5.160 "
     "(USG6300 V500R001C60SPC500)\r\nHUAWEI USG6330", "Huawei firewall USG6330 V500R001C60SPC500"),
    ("25506.1.3061", "H3C Comware Software, Version 7.1.064, Release 2447P01\r\nH3C WA6320\r\n",
     "H3C access_point WA6320 7.1.064+Release+2447P01"),
    ("25506.1.2027", "H3C WX2540H Comware Software, Version 7.1.064, Release 5446P03",
     "H3C wireless_controller WX2540H 7.1.064+Release+5446P03"),
    ("4881.1.2.1.1.1", "Ruijie 2.4G/5G Access Point(AP720-L) By Ruijie Networks",
     "Ruijie access_point AP720-L -"),
    ("4881.1.2.1.1.9", "Ruijie Gateway(EG2100-P) By Ruijie Networks", "Ruijie router EG2100-P -"),
    ("11863.3.2.10", "EAP225 AC1350 Wireless Ceiling Mount Access Point",
     "TP-Link access_point EAP225 -"),
    ("28557.1.67", "Hillstone SG-6000-E1700 StoneOS 5.5R6",
     "Hillstone firewall SG-6000-E1700 5.5R6"),
    ("31648.1.38", "DPtech LSW3600-48 Switch Software, Version 5.1",
     "DPtech switch LSW3600-48 5.1"),
    ("47196.4.1.1.1.100", "Aruba JL661A FL.10.06.0110", "Aruba switch JL661A FL.10.06.0110"),
    ("29671.2.110", "Meraki MR46 Cloud Managed AP", "Cisco+Meraki access_point MR46 -"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "description", "expected"), SAID, ids=[d[:30] for _, d, _ in SAID]
)
def test_a_description_is_read_in_its_maker_s_way(
    number: str, description: str, expected: str
) -> None:
    system: Oid = (1, 3, 6, 1, 2, 1, 1)
    object_id = (1, 3, 6, 1, 4, 1, *map(int, number.split(".")))
    cells: dict[Oid, tuple[int, Value]] = {
        (*system, 1, 0): (4, description.encode()),
        (*system, 2, 0): (6, object_id),
    }
    found = asyncio.run(read_facts(Recording(cells))).facts.identity
    words = [found.vendor, found.kind.value, found.model, found.version]
    said = " ".join((word or "-") for word in words)
    assert said == expected.replace("+", " ")
