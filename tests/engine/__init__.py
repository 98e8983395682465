"""The same program under Pulumi's own engine."""
