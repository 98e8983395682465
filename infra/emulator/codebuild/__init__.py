"""Runs the builds that moto's CodeBuild only records, as local processes."""
