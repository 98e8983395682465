"""What is approved beside what is live."""
