"""Schemas of the custom resources that stacks declare, the essential of each from its types.

Closed: a field that is left out here is refused, though the cluster might take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from infra.kubernetes.crds.inference_service import INFERENCE_SERVICE
from infra.kubernetes.crds.train_job import TRAIN_JOB

SCHEMAS: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = MappingProxyType(
    {
        ("trainer.kubeflow.org/v1alpha1", "TrainJob"): TRAIN_JOB,
        ("serving.kserve.io/v1beta1", "InferenceService"): INFERENCE_SERVICE,
    }
)
"""By ``apiVersion`` and ``kind``."""
