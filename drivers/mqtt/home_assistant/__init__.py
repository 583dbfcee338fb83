"""Home Assistant MQTT discovery, as devices publish it: read here without Home Assistant.

Source: the documentation of Home Assistant's MQTT integration ("MQTT discovery"), and Tasmota's
own discovery, which says the same in other words.
"""
