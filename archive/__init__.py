"""What was published, and when: capture, extraction, versions, changes, standings."""
