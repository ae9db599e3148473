"""Verification for organisations (批量查验): files, own staff, the interface, pushed changes."""
