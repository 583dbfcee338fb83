"""What agents send: every report of a batch finds its rows, once."""
