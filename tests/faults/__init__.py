"""Real daemons under real faults; a checker says whether every promise held."""
