"""What components take and give; written by ``python -m infra.package.generate --write``."""
