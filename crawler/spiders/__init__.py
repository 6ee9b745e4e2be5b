"""Spiders: `round` does what is due; `discovery`, `visit` and `survey` do one thing each."""
