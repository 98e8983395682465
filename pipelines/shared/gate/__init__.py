"""The retraining gate: hears what may call for a training, decides, records, starts."""
