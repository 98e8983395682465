"""A training on a Kubernetes cluster, on one node or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components._iam_kubernetes import train
from components._kubernetes import NAME_LENGTH, check_name, declare
from components._kubernetes_training import (
    DIGITS,
    Training,
    job,
    name_of_run,
    names,
    peers_policy,
    train_job,
)
from components._place import here
from components._tags import stamp
from components._workload_identity import Workload, identity
from components.cluster import Cluster
from components.pod_resources import PodResources


@dataclass(frozen=True, kw_only=True, slots=True)
class KubernetesTrainingArgs:
    """Inputs of :class:`KubernetesTraining`.

    Raises:
        ValueError: ``training_name`` is no name, or ``nodes`` or ``max_seconds`` is too small.
    """

    namespace: str
    """Of a ``TeamNamespace`` that stands."""
    training_name: str
    """Start of the jobs' names; at most 44 of a-z, 0-9 and hyphens within, a letter first."""
    cluster: Cluster
    """With the Kubeflow Trainer installed there, a ``TrainJob`` runs; else a plain Job."""
    image: pulumi.Input[str]
    """With the program and its libraries."""
    command: Sequence[str]
    """Program and arguments, alike on every node; torchrun reads the rest of its environment."""
    reads: Sequence[pulumi.Input[str]]
    """``bucket/prefix`` of the data."""
    writes: pulumi.Input[str]
    """``bucket/prefix`` of what training makes."""
    key_arns: Sequence[pulumi.Input[str]]
    """Customer keys of what is read and written."""
    resources: PodResources
    """Of each node; with GPUs a process for each."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    run: str | None = None
    """What this run is for, a version of data or code: another one trains anew. ``None`` declares
    the job suspended, to be started by hand."""
    nodes: int = 1
    """Pods that train together."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variables of the program; ``TRAINING_OUTPUT`` is where it writes to."""
    max_seconds: int = 86_400
    pull_secrets: Sequence[str] = ()
    """Secrets of the namespace with which nodes pull the image; none where nodes may."""

    def __post_init__(self) -> None:
        # The trainer adds its own to a job's name, and a pod's index follows.
        most = NAME_LENGTH - DIGITS - len("--node-0-00")
        check_name("training_name", self.training_name, most, of_service=True)
        for key in ("nodes", "max_seconds"):
            if getattr(self, key) < 1:
                raise ValueError(f"{key} must be at least 1, got {getattr(self, key)}")


class KubernetesTraining(pulumi.ComponentResource):
    """A job named by what it runs: the same is never run twice, anything else runs anew.

    Pulumi goes on once the job is there and does not wait for its end. A run's job is deleted with
    its declaration; what it wrote to S3 stays.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    job_name: str
    """Of this run: follows from ``run``, command, nodes and resources."""
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: KubernetesTrainingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:KubernetesTraining", name, {}, opts)
        tags = stamp(args.tags, component=name)
        child = pulumi.ResourceOptions(parent=self)
        account, role = identity(
            name,
            Workload(
                name=args.training_name,
                namespace=args.namespace,
                cluster=args.cluster,
                tags=args.tags,
            ),
            pulumi.Output.all(
                place=here(),
                reads=pulumi.Output.all(*args.reads),
                writes=args.writes,
                key_arns=pulumi.Output.all(*args.key_arns),
            ).apply(lambda known: train(**known)),
            child,
        )
        self.role_arn = role.arn
        self.job_name = name_of_run(
            args.training_name, args.run, list(args.command), args.nodes, args.resources
        )
        training = Training(
            job_name=self.job_name,
            namespace=args.namespace,
            account=args.training_name,
            image=args.image,
            command=args.command,
            environment={
                **args.environment,
                "TRAINING_OUTPUT": pulumi.Output.concat(
                    "s3://", args.writes, f"{args.training_name}/{self.job_name}/"
                ),
            },
            role_arn=role.arn,
            region=here().apply(lambda place: place.region),
            resources=args.resources,
            nodes=args.nodes,
            suspended=args.run is None,
            max_seconds=args.max_seconds,
            pull_secrets=args.pull_secrets,
            tags=tags,
        )
        policy = declare(f"{name}-peers", peers_policy(training), child)
        # Pods name their service account by name alone, and nodes wait in vain behind a closed net.
        after = pulumi.ResourceOptions(parent=self, depends_on=[account, policy])
        if "kubeflow-trainer" in args.cluster.installed:
            declare(f"{name}-job", train_job(training), after)
        else:
            declare(f"{name}-names", names(training), child)
            declare(f"{name}-job", job(training), after)
        self.register_outputs({"job_name": self.job_name, "role_arn": self.role_arn})
