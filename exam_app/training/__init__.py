"""The teaching side: classes, rosters, attendance, hours, eligibility (培训)."""
