"""``InferenceService`` of KServe (kserve/kserve pkg/apis/serving/v1beta1), by a custom predictor.

KServe's predictor is a pod's spec with the fields of its scaling beside it; a transformer, an
explainer and the predictors by framework are left out.
"""

from __future__ import annotations

from typing import Any, Final

from infra.kubernetes.crds._shapes import TEXT, at_least, closed, core, custom, listed

_PREDICTOR = closed(
    ("containers",),
    minReplicas=at_least(0),
    maxReplicas=at_least(1),
    scaleTarget=at_least(1),
    scaleMetric={"enum": ["cpu", "memory", "concurrency", "rps"]},
    timeout=at_least(1),
    labels={"type": "object", "additionalProperties": TEXT},
    annotations={"type": "object", "additionalProperties": TEXT},
    deploymentStrategy={"type": "object"},
    serviceAccountName=TEXT,
    automountServiceAccountToken={"type": "boolean"},
    enableServiceLinks={"type": "boolean"},
    terminationGracePeriodSeconds=at_least(0),
    securityContext=core("PodSecurityContext"),
    imagePullSecrets=listed(core("LocalObjectReference")),
    nodeSelector={"type": "object", "additionalProperties": TEXT},
    tolerations=listed(core("Toleration")),
    affinity=core("Affinity"),
    topologySpreadConstraints=listed(core("TopologySpreadConstraint")),
    initContainers=listed(core("Container")),
    containers={**listed(core("Container")), "minItems": 1},
    volumes=listed(core("Volume")),
)

INFERENCE_SERVICE: Final[dict[str, Any]] = custom(
    "serving.kserve.io/v1beta1",
    "InferenceService",
    closed(("predictor",), predictor=_PREDICTOR),
)
