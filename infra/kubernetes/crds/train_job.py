"""``TrainJob`` of the Kubeflow Trainer 2.2 (kubeflow/trainer pkg/apis/trainer/v1alpha1)."""

from __future__ import annotations

from typing import Any, Final

from infra.kubernetes.crds._shapes import METADATA, TEXT, at_least, closed, core, custom, listed

_CONTAINER = closed(
    ("name",),
    name={"type": "string", "minLength": 1},
    env=listed(core("EnvVar"), 128),
    volumeMounts=listed(core("VolumeMount"), 128),
    securityContext=core("SecurityContext"),
)
_POD = closed(
    serviceAccountName=TEXT,
    volumes=listed(core("Volume"), 128),
    initContainers=listed(_CONTAINER, 64),
    containers=listed(_CONTAINER, 64),
    imagePullSecrets=listed(core("LocalObjectReference"), 64),
    securityContext=core("PodSecurityContext"),
    nodeSelector={"type": "object", "additionalProperties": TEXT},
    affinity=core("Affinity"),
    tolerations=listed(core("Toleration"), 128),
    schedulingGates=listed(core("PodSchedulingGate"), 16),
)
_POD_TEMPLATE = closed(metadata=METADATA, spec=_POD)
_JOB_TEMPLATE = closed(metadata=METADATA, spec=closed(template=_POD_TEMPLATE))
_REPLICATED = closed(
    ("name",),
    name={"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
    template=_JOB_TEMPLATE,
)
_JOB_SET = closed(metadata=METADATA, spec=closed(replicatedJobs=listed(_REPLICATED, 100)))
_PATCH = closed(
    ("manager",),
    manager={"type": "string", "minLength": 1, "maxLength": 253},
    trainingRuntimeSpec=closed(template=_JOB_SET),
)
_TRAINER = closed(
    image={"type": "string", "maxLength": 500},
    command=listed(TEXT, 128),
    args=listed(TEXT, 128),
    env=listed(core("EnvVar"), 128),
    numNodes=at_least(1),
    resourcesPerNode=core("ResourceRequirements"),
    numProcPerNode=at_least(1),
)

TRAIN_JOB: Final[dict[str, Any]] = custom(
    "trainer.kubeflow.org/v1alpha1",
    "TrainJob",
    closed(
        ("runtimeRef",),
        runtimeRef=closed(
            ("name",),
            name={"type": "string", "minLength": 1, "maxLength": 253},
            apiGroup={"type": "string", "maxLength": 253},
            kind={"enum": ["ClusterTrainingRuntime", "TrainingRuntime"]},
        ),
        trainer=_TRAINER,
        runtimePatches=listed(_PATCH, 16),
        suspend={"type": "boolean"},
        activeDeadlineSeconds=at_least(1),
        managedBy={
            "enum": ["trainer.kubeflow.org/trainjob-controller", "kueue.x-k8s.io/multikueue"]
        },
    ),
)
