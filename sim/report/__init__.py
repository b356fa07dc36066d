"""Prose about scenarios and results: descriptions in words, one simulated history round by round, reports."""
