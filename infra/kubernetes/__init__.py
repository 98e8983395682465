"""What Kubernetes would say of a manifest, known without a cluster."""
