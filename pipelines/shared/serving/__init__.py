"""What is served now, as steps, functions and commands ask for it."""
