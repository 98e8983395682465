"""The use case ``digits``: which digit an image of eight by eight pixels shows."""
