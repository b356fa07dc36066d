"""The core model: an iterated security dilemma with treaties, verification and an escalation ladder (docs/model.md)."""
