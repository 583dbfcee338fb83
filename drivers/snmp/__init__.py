"""Our SNMP manager: v1, v2c, v3; many devices through one socket."""
