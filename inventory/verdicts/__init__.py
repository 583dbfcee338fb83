"""Verdicts of months as the register keeps them; what they mean is the controller's to say."""
