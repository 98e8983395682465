"""Plays 2013: feeds data and traffic and moves the clock, nothing else."""
