"""EventBridge Scheduler on the emulator's clock."""
