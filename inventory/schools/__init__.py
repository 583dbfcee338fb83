"""Schools as places with people: rooms, yearly figures, staff, and what becomes of them."""
