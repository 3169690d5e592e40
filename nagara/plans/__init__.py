"""Action plans of cities and their projects: stages, milestones, money, partners, photographs, risks."""
