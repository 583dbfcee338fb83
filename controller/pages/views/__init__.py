"""What templates show, worked out beforehand: templates hold no query and no arithmetic."""
