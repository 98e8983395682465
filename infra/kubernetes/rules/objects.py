"""What objects but pods are held to."""

from __future__ import annotations

from typing import Final

from infra.kubernetes.quantities import PATTERN
from infra.kubernetes.rules._shapes import (
    BY_OPERATOR,
    COUNT_OR_PERCENT,
    COUNT_OR_SHARE,
    FILLED,
    LABEL,
    LABEL_KEY,
    LABEL_VALUE,
    NETWORK,
    PORT,
    PORT_OR_NAME,
    PROTOCOL,
    SOME,
    SUBDOMAIN,
    Rule,
    at_least,
    each,
    fields,
    matching,
    needed,
    one_of,
    unless,
    where,
    with_keys,
    without,
)

_OF_CONTAINERS: Final = matching(
    "cpu|memory|ephemeral-storage|storage|hugepages-.+|.+/.+",
    "cpu, memory, ephemeral-storage, storage or vendor/device",
)
_OF_QUOTAS: Final = matching(
    r"pods|services|secrets|configmaps|persistentvolumeclaims|resourcequotas"
    r"|replicationcontrollers|services\.nodeports|services\.loadbalancers"
    r"|cpu|memory|ephemeral-storage|storage|requests\.storage"
    r"|(requests|limits)\.(cpu|memory|ephemeral-storage)"
    r"|(requests\.)?hugepages-.+|.+/.+",
    "a resource that quotas count",
)
_SCOPES: Final = one_of(
    *("BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating"),
    *("PriorityClass", "Terminating", "VolumeAttributesClass"),
)
_OF_SCOPES: Final = one_of("DoesNotExist", "Exists", "In", "NotIn")
_BOUNDS: Final = ("default", "defaultRequest", "max", "maxLimitRequestRatio", "min")
_STORAGE: Final = {
    "anyOf": [needed(bound, **{bound: needed("storage")}) for bound in ("max", "min")],
    "title": "a bound of storage: max, min or both",
}
_BALANCED: Final = (
    "allocateLoadBalancerNodePorts",
    "loadBalancerClass",
    "loadBalancerSourceRanges",
)
_RBAC: Final = "rbac.authorization.k8s.io"
_GROUPS: Final = (("ServiceAccount", ""), ("User", _RBAC), ("Group", _RBAC))
_METRICS: Final = ("ContainerResource", "External", "Object", "Pods", "Resource")

OBJECTS: Final[dict[str, Rule]] = {
    "apimachinery.pkg.api.resource.Quantity": matching(
        PATTERN, "a number with a unit such as m, Mi or Gi"
    ),
    "api.core.v1.ResourceQuotaSpec": fields(hard=with_keys(_OF_QUOTAS), scopes=each(_SCOPES)),
    "api.core.v1.ScopedResourceSelectorRequirement": {
        **fields(scopeName=_SCOPES, operator=_OF_SCOPES),
        "allOf": list(BY_OPERATOR),
    },
    "api.core.v1.LimitRangeItem": {
        **fields(
            type=LABEL_KEY,
            **dict.fromkeys(_BOUNDS, with_keys(_OF_CONTAINERS)),
        ),
        "allOf": [where("type", ("PersistentVolumeClaim",), _STORAGE)],
    },
    "api.core.v1.ServiceSpec": {
        **fields(
            type=one_of("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
            sessionAffinity=one_of("ClientIP", "None"),
            externalTrafficPolicy=one_of("Cluster", "Local"),
            internalTrafficPolicy=one_of("Cluster", "Local"),
            ipFamilyPolicy=one_of("PreferDualStack", "RequireDualStack", "SingleStack"),
            ipFamilies=each(one_of("IPv4", "IPv6")),
            selector=with_keys(LABEL_KEY, LABEL_VALUE),
            loadBalancerSourceRanges=each(NETWORK),
        ),
        "allOf": [
            unless("type", ("LoadBalancer",), without(*_BALANCED)),
            unless("type", ("LoadBalancer", "NodePort"), without("externalTrafficPolicy")),
        ],
    },
    "api.core.v1.ClientIPConfig": fields(timeoutSeconds=at_least(1, 86_400)),
    "api.core.v1.ServicePort": fields(
        name=LABEL,
        appProtocol=LABEL_KEY,
        port=PORT,
        protocol=PROTOCOL,
        targetPort=PORT_OR_NAME,
        nodePort=at_least(0, 65_535),
    ),
    "api.apps.v1.DeploymentSpec": fields(
        replicas=at_least(0),
        minReadySeconds=at_least(0),
        progressDeadlineSeconds=at_least(0),
        revisionHistoryLimit=at_least(0),
    ),
    "api.apps.v1.DeploymentStrategy": {
        **fields(type=one_of("Recreate", "RollingUpdate")),
        "allOf": [where("type", ("Recreate",), without("rollingUpdate"))],
    },
    "api.apps.v1.RollingUpdateDeployment": fields(
        maxSurge=COUNT_OR_PERCENT, maxUnavailable=COUNT_OR_SHARE
    ),
    "api.batch.v1.JobSpec": fields(
        activeDeadlineSeconds=at_least(0),
        backoffLimit=at_least(0),
        backoffLimitPerIndex=at_least(0),
        completions=at_least(0),
        maxFailedIndexes=at_least(0),
        parallelism=at_least(0),
        ttlSecondsAfterFinished=at_least(0),
        completionMode=one_of("Indexed", "NonIndexed"),
        podReplacementPolicy=one_of("Failed", "TerminatingOrFailed"),
    ),
    "api.batch.v1.PodFailurePolicyRule": {
        **fields(action=one_of("Count", "FailIndex", "FailJob", "Ignore")),
        "exactlyOne": ["onExitCodes", "onPodConditions"],
    },
    "api.batch.v1.PodFailurePolicyOnExitCodesRequirement": fields(
        operator=one_of("In", "NotIn"), values=SOME
    ),
    "api.batch.v1.PodFailurePolicyOnPodConditionsPattern": fields(
        type=LABEL_KEY, status=one_of("False", "True", "Unknown")
    ),
    "api.policy.v1.PodDisruptionBudgetSpec": {
        **fields(
            minAvailable=COUNT_OR_SHARE,
            maxUnavailable=COUNT_OR_SHARE,
            unhealthyPodEvictionPolicy=one_of("AlwaysAllow", "IfHealthyBudget"),
        ),
        "atMostOne": ["minAvailable", "maxUnavailable"],
    },
    "api.networking.v1.NetworkPolicySpec": fields(policyTypes=each(one_of("Egress", "Ingress"))),
    "api.networking.v1.NetworkPolicyPort": fields(
        port=PORT_OR_NAME, endPort=PORT, protocol=PROTOCOL
    ),
    "api.networking.v1.NetworkPolicyPeer": {
        "atLeastOne": ["ipBlock", "namespaceSelector", "podSelector"]
    },
    "api.networking.v1.IPBlock": {
        "properties": {"cidr": NETWORK, "except": each(NETWORK)},
    },
    "api.autoscaling.v2.HorizontalPodAutoscalerSpec": fields(
        minReplicas=at_least(1), maxReplicas=at_least(1)
    ),
    "api.autoscaling.v2.CrossVersionObjectReference": fields(kind=FILLED, name=FILLED),
    "api.autoscaling.v2.MetricSpec": {
        **fields(type=one_of(*_METRICS)),
        "exactlyOne": [f"{name[0].lower()}{name[1:]}" for name in _METRICS],
    },
    "api.autoscaling.v2.ContainerResourceMetricSource": fields(name=LABEL_KEY, container=LABEL),
    "api.autoscaling.v2.ResourceMetricSource": fields(name=FILLED),
    "api.autoscaling.v2.MetricIdentifier": fields(name=FILLED),
    "api.autoscaling.v2.MetricTarget": {
        **fields(
            type=one_of("AverageValue", "Utilization", "Value"), averageUtilization=at_least(1)
        ),
        "exactlyOne": ["averageUtilization", "averageValue", "value"],
    },
    "api.autoscaling.v2.HPAScalingRules": fields(
        selectPolicy=one_of("Disabled", "Max", "Min"),
        stabilizationWindowSeconds=at_least(0, 3600),
        policies=SOME,
    ),
    "api.autoscaling.v2.HPAScalingPolicy": fields(
        type=one_of("Percent", "Pods"), value=at_least(1), periodSeconds=at_least(1, 1800)
    ),
    "api.rbac.v1.PolicyRule": needed(
        *("apiGroups", "resources", "verbs"), apiGroups=SOME, resources=SOME, verbs=SOME
    ),
    "api.rbac.v1.RoleRef": fields(
        apiGroup=one_of(_RBAC),
        kind=one_of("ClusterRole", "Role"),
        name=FILLED,
    ),
    "api.rbac.v1.Subject": {
        **fields(kind=one_of("Group", "ServiceAccount", "User"), name=FILLED),
        "allOf": [
            where("kind", ("ServiceAccount",), fields(name=SUBDOMAIN)),
            *(
                where("kind", (kind,), fields(apiGroup={"enum": [group], "title": title}))
                for kind, group in _GROUPS
                for title in [f"{group!r} of a {kind}"]
            ),
        ],
    },
}
