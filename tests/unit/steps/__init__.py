"""What the steps of the flights pipelines are made of."""
