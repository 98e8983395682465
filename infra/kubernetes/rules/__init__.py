"""What API servers hold fields to beside their types, which the published schemas leave out.

Source: ``/openapi/v3`` of a server of 1.36 for the options, kubernetes/kubernetes
pkg/apis/*/validation for the rest. ``tests/apiserver`` compares both with a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from infra.kubernetes.rules.objects import OBJECTS
from infra.kubernetes.rules.pods import PODS

RULES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({**OBJECTS, **PODS})
"""A fragment of a schema for each of Kubernetes' types, named without ``io.k8s.``."""
