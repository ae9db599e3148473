"""The ledger of hours credited to re-training (学时台账)."""
