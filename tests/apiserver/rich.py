"""Objects with most of the fields that people give, each one that a server takes."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.manifests import Manifest

SPACE: Final = "space"
ACCOUNT: Final = "runner"
"""Both must stand before pods are taken."""
_LABELS: Final = {"app.kubernetes.io/name": "rich"}
_CHOSEN: Final = {
    "matchLabels": _LABELS,
    "matchExpressions": [
        {"key": "tier", "operator": "NotIn", "values": ["old"]},
        {"key": "gone", "operator": "DoesNotExist"},
    ],
}


def _made(api_version: str, kind: str, **rest: Any) -> Manifest:
    metadata = {"name": "rich", "labels": _LABELS, "annotations": {"example.com/note": "Any text."}}
    if kind != "Namespace":
        metadata["namespace"] = SPACE
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


_SECURITY: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    "privileged": False,
    "procMount": "Default",
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "runAsGroup": 1000,
    "seccompProfile": {"type": "Localhost", "localhostProfile": "own.json"},
    "appArmorProfile": {"type": "RuntimeDefault"},
}
_CONTAINER: Final = {
    "name": "main",
    "image": "example.com/main:1",
    "imagePullPolicy": "IfNotPresent",
    "command": ["serve"],
    "args": ["--port", "8080"],
    "workingDir": "/srv",
    "ports": [
        {"name": "http", "containerPort": 8080, "protocol": "TCP"},
        {"name": "metrics", "containerPort": 9090},
    ],
    "env": [
        {"name": "PLAIN", "value": "1"},
        {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {
            "name": "CPUS",
            "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}},
        },
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "one"}}},
        {
            "name": "MODE",
            "valueFrom": {"configMapKeyRef": {"name": "modes", "key": "one", "optional": True}},
        },
    ],
    "envFrom": [{"prefix": "ALL_", "configMapRef": {"name": "modes"}}],
    "resources": {
        "limits": {"cpu": "2", "memory": "1Gi", "ephemeral-storage": "1Gi", "nvidia.com/gpu": "1"},
        "requests": {"cpu": "500m", "memory": "512Mi", "nvidia.com/gpu": "1"},
    },
    "volumeMounts": [
        {"name": "scratch", "mountPath": "/tmp", "subPath": "own"},  # noqa: S108 - the pod's own
        {"name": "modes", "mountPath": "/etc/modes", "readOnly": True},
        {"name": "all", "mountPath": "/var/run/all"},
    ],
    "livenessProbe": {
        "httpGet": {
            "path": "/ping",
            "port": "http",
            "scheme": "HTTP",
            "httpHeaders": [{"name": "X-Probe", "value": "1"}],
        },
        "initialDelaySeconds": 1,
        "periodSeconds": 5,
        "timeoutSeconds": 2,
        "successThreshold": 1,
        "failureThreshold": 3,
        "terminationGracePeriodSeconds": 10,
    },
    "readinessProbe": {"tcpSocket": {"port": 8080}, "successThreshold": 2},
    "startupProbe": {"exec": {"command": ["true"]}, "failureThreshold": 30},
    "lifecycle": {
        "postStart": {"exec": {"command": ["true"]}},
        "preStop": {"sleep": {"seconds": 5}},
    },
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "FallbackToLogsOnError",
    "securityContext": _SECURITY,
}
_POD: Final = {
    "activeDeadlineSeconds": 3600,
    "automountServiceAccountToken": False,
    "dnsPolicy": "ClusterFirst",
    "dnsConfig": {"searches": ["example.com"], "options": [{"name": "ndots", "value": "2"}]},
    "enableServiceLinks": False,
    "hostname": "rich",
    "subdomain": "space",
    "hostAliases": [{"ip": "10.0.0.7", "hostnames": ["db.example.com"]}],
    "imagePullSecrets": [{"name": "pull"}],
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "priorityClassName": "system-node-critical",
    "preemptionPolicy": "PreemptLowerPriority",
    "restartPolicy": "Never",
    "schedulingGates": [{"name": "example.com/wait"}],
    "serviceAccountName": ACCOUNT,
    "shareProcessNamespace": False,
    "terminationGracePeriodSeconds": 30,
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "zone", "operator": "In", "values": ["a"]},
                            {"key": "generation", "operator": "Gt", "values": ["4"]},
                        ]
                    }
                ]
            },
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 10,
                    "preference": {"matchExpressions": [{"key": "gpu", "operator": "Exists"}]},
                }
            ],
        },
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 100,
                    "podAffinityTerm": {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": _CHOSEN,
                        "namespaces": [SPACE],
                    },
                }
            ]
        },
    },
    "tolerations": [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {
            "key": "slow",
            "operator": "Equal",
            "value": "yes",
            "effect": "NoExecute",
            "tolerationSeconds": 60,
        },
    ],
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "minDomains": 2,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": _CHOSEN,
            "nodeAffinityPolicy": "Honor",
            "nodeTaintsPolicy": "Ignore",
        }
    ],
    "securityContext": {
        "fsGroup": 1000,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "supplementalGroups": [2000],
        "seccompProfile": {"type": "RuntimeDefault"},
        "sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "60"}],
    },
    "initContainers": [
        {
            "name": "prepare",
            "image": "example.com/prepare:1",
            "restartPolicy": "Always",
            "startupProbe": {"grpc": {"port": 9000, "service": "ready"}},
            "securityContext": _SECURITY,
        }
    ],
    "containers": [_CONTAINER],
    "volumes": [
        {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
        {
            "name": "modes",
            "configMap": {
                "name": "modes",
                "defaultMode": 256,
                "optional": True,
                "items": [{"key": "one", "path": "one.txt", "mode": 256}],
            },
        },
        {
            "name": "all",
            "projected": {
                "defaultMode": 256,
                "sources": [
                    {
                        "serviceAccountToken": {
                            "audience": "sts.amazonaws.com",
                            "expirationSeconds": 3600,
                            "path": "token",
                        }
                    },
                    {"secret": {"name": "keys", "items": [{"key": "one", "path": "keys/one"}]}},
                    {"configMap": {"name": "modes"}},
                    {
                        "downwardAPI": {
                            "items": [
                                {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}
                            ]
                        }
                    },
                ],
            },
        },
        {"name": "kept", "persistentVolumeClaim": {"claimName": "kept", "readOnly": True}},
        {"name": "keys", "secret": {"secretName": "keys", "defaultMode": 256}},
    ],
}
_SERVED: Final = {
    key: value
    for key, value in _POD.items()
    if key not in {"activeDeadlineSeconds", "restartPolicy"}
}
_METRIC: Final = {"metric": {"name": "requests", "selector": _CHOSEN}}

_OBJECTS: Final = (
    _made("v1", "Namespace"),
    _made(
        "v1",
        "ResourceQuota",
        spec={
            "hard": {
                "pods": "10",
                "requests.cpu": "4",
                "limits.memory": "8Gi",
            },
            "scopes": ["NotTerminating"],
            "scopeSelector": {
                "matchExpressions": [
                    {"scopeName": "PriorityClass", "operator": "In", "values": ["low"]}
                ]
            },
        },
    ),
    _made(
        "v1",
        "ResourceQuota",
        spec={
            "hard": {
                "requests.nvidia.com/gpu": "1",
                "count/jobs.batch": "5",
                "services.loadbalancers": "0",
                "requests.storage": "10Gi",
                "cpu": "4",
            }
        },
    ),
    _made(
        "v1",
        "LimitRange",
        spec={
            "limits": [
                {
                    "type": "Container",
                    "min": {"cpu": "10m", "memory": "16Mi"},
                    "max": {"cpu": "4", "memory": "8Gi"},
                    "default": {"cpu": "1", "memory": "512Mi"},
                    "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
                    "maxLimitRequestRatio": {"cpu": "40"},
                },
                {"type": "Pod", "max": {"cpu": "8"}},
                {"type": "PersistentVolumeClaim", "max": {"storage": "10Gi"}},
            ]
        },
    ),
    _made(
        "v1",
        "ServiceAccount",
        automountServiceAccountToken=False,
        imagePullSecrets=[{"name": "pull"}],
    ),
    _made("v1", "ConfigMap", data={"one": "1"}, binaryData={"two": "Mg=="}, immutable=True),
    _made(
        "v1",
        "Service",
        spec={
            "type": "LoadBalancer",
            "selector": _LABELS,
            "ports": [
                {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"},
                {"name": "metrics", "port": 9090, "targetPort": 9090, "appProtocol": "http"},
            ],
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}},
            "externalTrafficPolicy": "Local",
            "internalTrafficPolicy": "Cluster",
            "ipFamilyPolicy": "SingleStack",
            "ipFamilies": ["IPv4"],
            "loadBalancerSourceRanges": ["10.0.0.0/8"],
            "allocateLoadBalancerNodePorts": False,
        },
    ),
    _made(
        "rbac.authorization.k8s.io/v1",
        "Role",
        rules=[
            {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]},
            {
                "apiGroups": ["apps"],
                "resources": ["deployments"],
                "resourceNames": ["rich"],
                "verbs": ["patch"],
            },
        ],
    ),
    _made(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "rich"},
        subjects=[
            {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "people"},
            {"kind": "ServiceAccount", "name": "rich", "namespace": SPACE},
        ],
    ),
    _made(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec={
            "podSelector": _CHOSEN,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [
                        {
                            "namespaceSelector": _CHOSEN,
                            "podSelector": _CHOSEN,
                        }
                    ],
                    "ports": [{"port": "http", "protocol": "TCP"}],
                }
            ],
            "egress": [
                {
                    "to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                    "ports": [{"port": 8000, "endPort": 8100}],
                }
            ],
        },
    ),
    _made(
        "policy/v1",
        "PodDisruptionBudget",
        spec={
            "minAvailable": "50%",
            "selector": _CHOSEN,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    ),
    _made(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "rich"},
            "minReplicas": 1,
            "maxReplicas": 5,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 70},
                    },
                },
                {
                    "type": "ContainerResource",
                    "containerResource": {
                        "name": "memory",
                        "container": "main",
                        "target": {"type": "AverageValue", "averageValue": "500Mi"},
                    },
                },
                {
                    "type": "Pods",
                    "pods": {**_METRIC, "target": {"type": "AverageValue", "averageValue": "10"}},
                },
                {
                    "type": "Object",
                    "object": {
                        **_METRIC,
                        "describedObject": {
                            "apiVersion": "v1",
                            "kind": "Service",
                            "name": "rich",
                        },
                        "target": {"type": "Value", "value": "100"},
                    },
                },
                {
                    "type": "External",
                    "external": {**_METRIC, "target": {"type": "Value", "value": "100"}},
                },
            ],
            "behavior": {
                "scaleDown": {
                    "stabilizationWindowSeconds": 300,
                    "selectPolicy": "Min",
                    "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}],
                },
                "scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 30}]},
            },
        },
    ),
    _made(
        "apps/v1",
        "Deployment",
        spec={
            "replicas": 2,
            "minReadySeconds": 5,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 3,
            "paused": True,
            "selector": {"matchLabels": _LABELS},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1},
            },
            "template": {
                "metadata": {"labels": {**_LABELS, "tier": "new"}, "annotations": {"a": "b"}},
                "spec": _SERVED,
            },
        },
    ),
    _made(
        "batch/v1",
        "Job",
        spec={
            "activeDeadlineSeconds": 3600,
            "backoffLimitPerIndex": 1,
            "maxFailedIndexes": 1,
            "completionMode": "Indexed",
            "completions": 2,
            "parallelism": 2,
            "podReplacementPolicy": "Failed",
            "suspend": True,
            "ttlSecondsAfterFinished": 60,
            "podFailurePolicy": {
                "rules": [
                    {
                        "action": "FailIndex",
                        "onExitCodes": {
                            "containerName": "main",
                            "operator": "In",
                            "values": [2, 3],
                        },
                    },
                    {
                        "action": "Ignore",
                        "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                    },
                ]
            },
            "template": {
                "metadata": {"labels": _LABELS},
                "spec": {k: v for k, v in _POD.items() if k not in {"hostname", "subdomain"}},
            },
        },
    ),
    _made("v1", "Pod", spec=_POD),
)
OBJECTS: Final[list[Manifest]] = json.loads(json.dumps(_OBJECTS))
"""Copies, in which nothing is the same thing in two places: one of them is to be changed alone."""

PICKED: Final[tuple[tuple[str, str, Any], ...]] = (
    ("ResourceQuota 2", "spec.hard.cpu", "-1"),
    ("ResourceQuota 2", "spec.hard.gpus", "1"),
    ("LimitRange 1", "spec.limits.0.default.cpu", "5"),
    ("LimitRange 1", "spec.limits.0.defaultRequest.memory", "8Mi"),
    ("LimitRange 1", "spec.limits.0.maxLimitRequestRatio.cpu", "0.5"),
    ("Service 1", "spec.ports.1.name", "http"),
    ("Service 1", "spec.ports.0.port", 65_536),
    ("Service 1", "spec.ports.0.targetPort", "http--x"),
    ("Service 1", "spec.ports.0.targetPort", "8080"),
    ("Service 1", "spec.ports", []),
    ("Role 1", "rules.0.verbs", []),
    ("RoleBinding 1", "subjects.1.apiGroup", "rbac.authorization.k8s.io"),
    ("RoleBinding 1", "subjects.0.apiGroup", "apps"),
    ("NetworkPolicy 1", "spec.egress.0.ports.0.endPort", 7999),
    ("NetworkPolicy 1", "spec.egress.0.ports.0.endPort", 8000),
    ("NetworkPolicy 1", "spec.egress.0.ports.0.port", "http"),
    ("NetworkPolicy 1", "spec.egress.0.to.0.ipBlock.except", ["10.0.0.0/8"]),
    ("NetworkPolicy 1", "spec.egress.0.to.0.ipBlock.except", ["11.0.0.0/16"]),
    ("NetworkPolicy 1", "spec.egress.0.to.0.ipBlock.except", ["fd00::/64"]),
    ("NetworkPolicy 1", "spec.egress.0.to.0.ipBlock.cidr", "10.0.0.1/8"),
    ("NetworkPolicy 1", "spec.egress.0.to.0.ipBlock.cidr", "10.0.0.0/33"),
    ("NetworkPolicy 1", "spec.egress.0.to.0.podSelector", {}),
    ("PodDisruptionBudget 1", "spec.maxUnavailable", 1),
    ("PodDisruptionBudget 1", "spec.minAvailable", "150%"),
    ("HorizontalPodAutoscaler 1", "spec.maxReplicas", 0),
    ("HorizontalPodAutoscaler 1", "spec.minReplicas", 6),
    ("HorizontalPodAutoscaler 1", "spec.minReplicas", 0),
    ("HorizontalPodAutoscaler 1", "spec.metrics.0.type", "Pods"),
    ("HorizontalPodAutoscaler 1", "spec.metrics.0.resource.target.type", "Value"),
    ("HorizontalPodAutoscaler 1", "spec.behavior.scaleUp.stabilizationWindowSeconds", 3601),
    ("Deployment 1", "spec.minReadySeconds", 600),
    ("Deployment 1", "spec.minReadySeconds", 599),
    ("Deployment 1", "spec.strategy.rollingUpdate", {"maxSurge": 0, "maxUnavailable": "0%"}),
    ("Deployment 1", "spec.strategy.rollingUpdate", {"maxSurge": "150%", "maxUnavailable": 0}),
    ("Deployment 1", "spec.strategy.rollingUpdate.maxUnavailable", "101%"),
    ("Deployment 1", "spec.strategy.type", "Recreate"),
    ("Deployment 1", "spec.selector", {"matchLabels": {"other": "label"}}),
    ("Deployment 1", "spec.selector", {"matchExpressions": [{"key": "x", "operator": "Exists"}]}),
    ("Deployment 1", "spec.template.spec.restartPolicy", "Never"),
    ("Deployment 1", "spec.template.spec.activeDeadlineSeconds", 60),
    ("Job 1", "spec.template.spec.restartPolicy", "Always"),
    ("Job 1", "spec.template.spec.restartPolicy", "OnFailure"),
    ("Job 1", "spec.completionMode", "NonIndexed"),
    ("Job 1", "spec.podFailurePolicy.rules.0.onExitCodes.values", [3, 2]),
    ("Job 1", "spec.podFailurePolicy.rules.0.onExitCodes.values", [0]),
    ("Job 1", "spec.maxFailedIndexes", 3),
    ("Job 1", "spec.parallelism", 0),
    ("Job 1", "spec.manualSelector", True),
    ("Pod 1", "spec.containers", []),
    ("Pod 1", "spec.containers.0.name", "prepare"),
    ("Pod 1", "spec.containers.0.name", "a.b"),
    ("Pod 1", "spec.containers.0.ports.1.name", "http"),
    ("Pod 1", "spec.containers.0.ports.0.name", "a-name-of-16-long"),
    ("Pod 1", "spec.containers.0.ports.0.containerPort", 0),
    ("Pod 1", "spec.containers.0.ports.0.hostPort", 80),
    ("Pod 1", "spec.containers.0.env.0.valueFrom", {"fieldRef": {"fieldPath": "status.podIP"}}),
    ("Pod 1", "spec.containers.0.env.0.name", "with space"),
    ("Pod 1", "spec.containers.0.env.0.name", "A=B"),
    ("Pod 1", "spec.containers.0.volumeMounts.1.mountPath", "/tmp"),  # noqa: S108 - the pod's
    ("Pod 1", "spec.containers.0.volumeMounts.1.mountPath", "a:b"),
    ("Pod 1", "spec.containers.0.volumeMounts.0.subPath", "../out"),
    ("Pod 1", "spec.containers.0.volumeMounts.0.subPath", "/out"),
    ("Pod 1", "spec.containers.0.livenessProbe.successThreshold", 2),
    ("Pod 1", "spec.containers.0.startupProbe.successThreshold", 2),
    ("Pod 1", "spec.containers.0.livenessProbe.exec", {"command": ["true"]}),
    ("Pod 1", "spec.containers.0.readinessProbe.terminationGracePeriodSeconds", 5),
    ("Pod 1", "spec.containers.0.lifecycle.preStop.sleep.seconds", 31),
    ("Pod 1", "spec.containers.0.lifecycle.preStop.sleep.seconds", 30),
    ("Pod 1", "spec.containers.0.resources.limits", {"cpu": "100m"}),
    ("Pod 1", "spec.containers.0.resources.requests", {"memory": "2Gi"}),
    ("Pod 1", "spec.containers.0.resources.limits", {"nvidia.com/gpu": "0.5"}),
    ("Pod 1", "spec.containers.0.resources.limits", {"gpus": "1"}),
    ("Pod 1", "spec.containers.0.securityContext.runAsUser", -1),
    ("Pod 1", "spec.containers.0.securityContext.privileged", True),
    ("Pod 1", "spec.containers.0.securityContext.capabilities.add", ["SYS_ADMIN"]),
    ("Pod 1", "spec.containers.0.securityContext", {"privileged": True}),
    ("Pod 1", "spec.containers.0.restartPolicy", "Always"),
    ("Pod 1", "spec.initContainers.0.lifecycle", {"preStop": {"sleep": {"seconds": 1}}}),
    ("Pod 1", "spec.initContainers.0.restartPolicy", "Never"),
    ("Pod 1", "spec.volumes.1.name", "scratch"),
    ("Pod 1", "spec.volumes.1.emptyDir", {}),
    ("Pod 1", "spec.volumes.1.configMap.defaultMode", 512),
    ("Pod 1", "spec.volumes.1.configMap.items.0.path", "../out"),
    ("Pod 1", "spec.volumes.2.projected.sources.0.serviceAccountToken.expirationSeconds", 599),
    ("Pod 1", "spec.volumes.0.emptyDir.medium", "Disk"),
    ("Pod 1", "spec.tolerations.0.value", "x"),
    ("Pod 1", "spec.tolerations.1.effect", "NoSchedule"),
    ("Pod 1", "spec.tolerations.0.operator", "Gt"),
    ("Pod 1", "spec.topologySpreadConstraints.0.whenUnsatisfiable", "ScheduleAnyway"),
    ("Pod 1", "spec.topologySpreadConstraints.0.maxSkew", 0),
    ("Pod 1", "spec.dnsPolicy", "None"),
    ("Pod 1", "spec.securityContext.fsGroup", -1),
    ("Pod 1", "spec.securityContext.seccompProfile.localhostProfile", "x"),
    ("Pod 1", "spec.nodeSelector", {"a b": "c"}),
    ("Pod 1", "spec.nodeSelector", {"a": "c\n"}),
    ("Pod 1", "spec.hostname", "a.b"),
    ("Pod 1", "spec.serviceAccountName", "a..b"),
)
"""Another value for one field of an object: what does not fit together, and what just does."""
