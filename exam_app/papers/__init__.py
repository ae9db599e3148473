"""Papers: drawn, approved, sealed, opened, printed (试卷)."""
