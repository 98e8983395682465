"""The provider of this project's own resource types, as Pulumi's engine starts it."""
