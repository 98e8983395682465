"""The table of resource types, one life of each against the emulator."""
