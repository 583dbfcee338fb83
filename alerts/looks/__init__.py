"""What rules look for beside devices that do not answer: each look asks for what has news."""
