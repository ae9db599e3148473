"""Sites, rooms, sittings, entries, tickets, check-in, incidents (考务)."""
