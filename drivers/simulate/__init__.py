"""A campus to poll: light SNMP responders and MQTT publishers on loopback addresses."""
