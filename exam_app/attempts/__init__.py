"""What candidates answered, at the desk or on paper (应试)."""
