"""Devices that publish over MQTT: whiteboards and classroom terminals."""
