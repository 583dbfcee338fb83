"""Rules, alerts, tickets: from a fault to its repair."""
