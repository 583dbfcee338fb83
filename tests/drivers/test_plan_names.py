from drivers.mqtt.home_assistant.hearing import PROFILE
from drivers.mqtt.profiles import PROFILES
from drivers.plan_names import MQTT_PROFILES, SSH_PLATFORMS
from drivers.ssh.platform import builtin_platforms


def test_the_names_offered_are_those_that_ship() -> None:
    assert (PROFILE, *sorted(PROFILES)) == MQTT_PROFILES
    assert tuple(sorted(builtin_platforms())) == SSH_PLATFORMS
