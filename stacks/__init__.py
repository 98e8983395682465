"""What differs between environments and teams: stack files, their layers and their schema."""
