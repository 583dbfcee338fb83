"""The way of a batch from the wire into the stores, exactly once."""
