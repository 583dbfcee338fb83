"""What a device is to an accountant: its ledger, its life, its model, its files."""
