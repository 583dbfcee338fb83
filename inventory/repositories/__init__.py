"""Questions we ask about the inventory; each is a method named as the question."""
