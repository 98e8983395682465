"""What ``components.kubernetes_training`` is in plain values."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from infra.package.edge.cluster import Cluster
from infra.package.edge.pod_resources import PodResources


class KubernetesTrainingArgs(TypedDict):
    """Inputs of `KubernetesTraining`."""

    namespace: str
    """Of a `TeamNamespace` that stands."""
    training_name: str
    """Start of the jobs' names; at most 44 of a-z, 0-9 and hyphens within, a letter first."""
    cluster: Cluster
    """With the Kubeflow Trainer installed there, a `TrainJob` runs; else a plain Job."""
    image: pulumi.Input[str]
    """With the program and its libraries."""
    command: Sequence[str]
    """Program and arguments, alike on every node; torchrun reads the rest of its environment."""
    reads: Sequence[pulumi.Input[str]]
    """`bucket/prefix` of the data."""
    writes: pulumi.Input[str]
    """`bucket/prefix` of what training makes."""
    key_arns: Sequence[pulumi.Input[str]]
    """Customer keys of what is read and written."""
    resources: PodResources
    """Of each node; with GPUs a process for each."""
    tags: Mapping[str, str]
    """Must hold `project`, `environment`, `owner` and `team`."""
    run: NotRequired[str]
    """What this run is for, a version of data or code: another one trains anew. `None` declares
    the job suspended, to be started by hand."""
    nodes: NotRequired[int]
    """Pods that train together.

    By default `1`."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Variables of the program; `TRAINING_OUTPUT` is where it writes to."""
    max_seconds: NotRequired[int]
    """By default `86400`."""
    pull_secrets: NotRequired[Sequence[str]]
    """Secrets of the namespace with which nodes pull the image; none where nodes may."""


class KubernetesTrainingOutputs(TypedDict):
    """What ``KubernetesTraining`` gives."""

    job_name: str
    """Of this run: follows from `run`, command, nodes and resources."""
    role_arn: pulumi.Output[str]
