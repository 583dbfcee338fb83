"""What is watched: a timeline a device, brokers, traps, and the counters between polls."""
