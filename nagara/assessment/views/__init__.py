"""Pages of the assessment: rounds, the team, the office, the assessor."""
