"""Bodies, seats, meetings, agenda, attendance, quorum, resolutions and minutes."""
