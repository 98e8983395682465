"""A first analysis of data: read once, in bounded memory, and told on one page."""
