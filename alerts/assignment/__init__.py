"""Who looks after a ticket: people of the school first, then of the district, then who leads."""
