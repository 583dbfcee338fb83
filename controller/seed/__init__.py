"""A synthetic city: register, history and readings, the same for the same seed and arguments."""
