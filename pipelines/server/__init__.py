"""Our own model server: SageMaker's hosting contract, concurrent requests joined in batches."""
