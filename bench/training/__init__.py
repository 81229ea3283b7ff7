"""Trains one net by Lightning, and stops, dies and goes on without losing a bit."""
