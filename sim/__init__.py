"""Escalation risk under arms control: an iterated security dilemma with treaties, verification and crises (docs/model.md)."""

__version__ = "0.1.0"
