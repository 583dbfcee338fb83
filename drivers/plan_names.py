"""Names a plan may use of what ships with the agent, for those who must not import it.

An administrator's own folder may hold more. A test keeps the lists to what there is.
"""

from typing import Final

#: Layouts of MQTT messages; the first reads whatever announces itself for Home Assistant.
MQTT_PROFILES: Final = (
    "home_assistant",
    "fully_kiosk",
    "iotlink",
    "sensor",
    "terminal",
    "whiteboard",
)
#: Platforms of command lines.
SSH_PLATFORMS: Final = (
    "allied_telesis_awplus",
    "aruba_aoscx",
    "aruba_os",
    "cisco_ios",
    "cisco_s300",
    "cisco_wlc_ssh",
    "edgecore",
    "fortinet",
    "hillstone_stoneos",
    "hp_comware",
    "hp_procurve",
    "huawei_vrp",
    "huawei_vrpv8",
    "juniper_junos",
    "maipu",
    "mikrotik_routeros",
    "ruckus_fastiron",
    "ruijie_os",
    "tplink_jetstream",
    "ubiquiti_edgerouter",
    "ubiquiti_edgeswitch",
    "zte_zxros",
)
