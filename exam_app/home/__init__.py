"""What waits for me (待办)."""
