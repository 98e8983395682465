"""What training code needs of SageMaker: its hosts, checkpoints, and ways to train together."""
