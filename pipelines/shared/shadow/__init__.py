"""The promotion of a shadow: compares its answers with production's, decides, records, approves."""
