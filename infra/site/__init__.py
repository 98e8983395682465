"""The site of ``docs/``: what is generated for it, and what holds for each page of it."""
