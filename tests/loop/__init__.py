"""The whole loop, played for real."""
