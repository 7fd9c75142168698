"""Agent, Schedule, Run: frozen data and the pure rules about them; no clock, no database."""
