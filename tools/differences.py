"""Misses of the recognition report that are no mistakes of ours: which, and why.

Keys are a field of the report and the recording's name. A miss that is not here is ours.
"""

REASONS = {
    (
        "sensor frequency",
        "huaweiups_ups2000",
    ): "5 Hz expected; RFC 1628 counts in 0.1 Hz, so 500 is 50.0 Hz",
    (
        "sensor current",
        "exos",
    ): "12 A and 5 A expected on rails whose FCMGMT-MIB messages say 33.67 A and 0.07 A: "
    "the number is the rail's voltage, out of its name",
    (
        "sensor temperature",
        "ciscowlc_cbw240ac",
    ): "5,000 \u00b0C expected; no board is that hot, so there is no value",
    (
        "sensor temperature",
        "eaton-mgeups_5px",
    ): "0 \u00b0C expected of probes that are not connected; the one that is gives 33 \u00b0C",
    (
        "serial",
        "awplus",
    ): "the recording joins three devices, and the serial number expected is that of a controller "
    "card in the second; ours is the first board's",
    (
        "serial",
        "ruckuswireless-unleashed_legacy-unleashed",
    ): "twelve zeros are no serial number",
    (
        "wireless clients",
        "vrp_ac6605-26",
    ): "clients of a network in one band; here they are counted by network, in both bands",
}
