"""A Kubernetes cluster: an API server of the kinds that stacks declare, and what runs them."""

from infra.emulator.kubernetes.attach import cluster, install

__all__ = ["cluster", "install"]
