"""What pods and their parts are held to."""

from __future__ import annotations

from typing import Final

from infra.kubernetes.rules._shapes import (
    ADDRESS,
    BY_OPERATOR,
    CONFIG_KEY,
    FILLED,
    ID,
    LABEL,
    LABEL_KEY,
    LABEL_VALUE,
    MODE,
    PORT,
    PORT_NAME,
    PORT_OR_NAME,
    PROTOCOL,
    RELATIVE,
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

TOKEN_SECONDS: Final = 600
"""The least that a token lives."""
_PULL: Final = one_of("Always", "IfNotPresent", "Never")
_OF_CPUS: Final = {"enum": ["0", "1", "1m", 0, 1], "title": "1 or 1m of cpu"}
_ONE: Final = {"minItems": 1, "maxItems": 1, "title": "one number"}
_SERVERS: Final = needed("nameservers", nameservers=SOME)
_MAY: Final = {"enum": [True], "title": "true where privileged is"}
_NAMED: Final = needed("name", name=SUBDOMAIN)
_KEYED: Final = needed("name", name=SUBDOMAIN, key=CONFIG_KEY)
_POD_FIELDS: Final = matching(
    r"metadata\.(name|namespace|uid|labels|annotations|labels\['.+'\]|annotations\['.+'\])"
    r"|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs)",
    "a field of the pod that containers may know",
)
_LONGEST: Final = 2**32
_CONTAINER: Final = fields(
    name=LABEL,
    imagePullPolicy=_PULL,
    terminationMessagePolicy=one_of("FallbackToLogsOnError", "File"),
    restartPolicy=one_of("Always", "Never", "OnFailure"),
)
_PROFILE: Final = {
    **fields(type=one_of("Localhost", "RuntimeDefault", "Unconfined")),
    "allOf": [
        where("type", ("Localhost",), needed("localhostProfile", localhostProfile=FILLED)),
        where("type", ("RuntimeDefault", "Unconfined"), without("localhostProfile")),
    ],
}

PODS: Final[dict[str, Rule]] = {
    "api.core.v1.PodSpec": {
        **fields(
            restartPolicy=one_of("Always", "Never", "OnFailure"),
            dnsPolicy=one_of("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
            preemptionPolicy=one_of("Never", "PreemptLowerPriority"),
            terminationGracePeriodSeconds=at_least(0),
            activeDeadlineSeconds=at_least(1),
            serviceAccountName=SUBDOMAIN,
            hostname=LABEL,
            subdomain=LABEL,
            priorityClassName=SUBDOMAIN,
            runtimeClassName=SUBDOMAIN,
            nodeSelector=with_keys(LABEL_KEY, LABEL_VALUE),
        ),
        "allOf": [where("dnsPolicy", ("None",), needed("dnsConfig", dnsConfig=_SERVERS))],
    },
    "api.core.v1.Container": _CONTAINER,
    "api.core.v1.EphemeralContainer": _CONTAINER,
    "api.core.v1.ContainerPort": fields(
        containerPort=PORT, hostPort=at_least(0, 65_535), name=PORT_NAME, protocol=PROTOCOL
    ),
    "api.core.v1.EnvVar": {
        **fields(name=matching(r"[ -<>-~]+", "letters of ASCII that are printed, without =")),
        "allOf": [
            {
                "if": {"required": ["valueFrom"]},
                "then": fields(value={"maxLength": 0, "title": "left out beside valueFrom"}),
            }
        ],
    },
    "api.core.v1.EnvVarSource": {
        "exactlyOne": [
            "configMapKeyRef",
            "fieldRef",
            "fileKeyRef",
            "resourceFieldRef",
            "secretKeyRef",
        ]
    },
    "api.core.v1.EnvFromSource": {"exactlyOne": ["configMapRef", "secretRef"]},
    "api.core.v1.ConfigMapEnvSource": _NAMED,
    "api.core.v1.SecretEnvSource": _NAMED,
    "api.core.v1.ConfigMapKeySelector": _KEYED,
    "api.core.v1.SecretKeySelector": _KEYED,
    "api.core.v1.ObjectFieldSelector": fields(fieldPath=_POD_FIELDS),
    "api.core.v1.ResourceFieldSelector": {
        **fields(
            resource=matching(
                "(limits|requests)[.](cpu|memory|ephemeral-storage|hugepages-.+)",
                "limits or requests of cpu, memory or ephemeral-storage",
            )
        ),
        "allOf": [
            where("resource", ("limits.cpu", "requests.cpu"), fields(divisor=_OF_CPUS)),
        ],
    },
    "api.core.v1.ExecAction": needed("command", command=SOME),
    "api.core.v1.HTTPHeader": fields(
        name=matching("[-A-Za-z0-9]+", "of A-Z, a-z, 0-9 and hyphens")
    ),
    "api.core.v1.HostAlias": fields(ip=ADDRESS, hostnames=each(SUBDOMAIN)),
    "api.core.v1.PodDNSConfig": fields(
        nameservers=each(ADDRESS),
        searches=each(matching("[_a-z0-9]([-_.a-z0-9]*[_a-z0-9])?[.]?", "a domain")),
    ),
    "api.core.v1.PodDNSConfigOption": needed("name", name=FILLED),
    "api.core.v1.PodSchedulingGate": fields(name=LABEL_KEY),
    "api.core.v1.Probe": {
        "exactlyOne": ["exec", "grpc", "httpGet", "tcpSocket"],
        **fields(
            failureThreshold=at_least(0),
            initialDelaySeconds=at_least(0),
            periodSeconds=at_least(0),
            successThreshold=at_least(0),
            timeoutSeconds=at_least(0),
            terminationGracePeriodSeconds=at_least(1),
        ),
    },
    "api.core.v1.LifecycleHandler": {"exactlyOne": ["exec", "httpGet", "sleep", "tcpSocket"]},
    "api.core.v1.HTTPGetAction": fields(port=PORT_OR_NAME, scheme=one_of("HTTP", "HTTPS")),
    "api.core.v1.TCPSocketAction": fields(port=PORT_OR_NAME),
    "api.core.v1.GRPCAction": fields(port=PORT),
    "api.core.v1.SeccompProfile": _PROFILE,
    "api.core.v1.AppArmorProfile": _PROFILE,
    "api.core.v1.Sysctl": fields(
        name=matching(
            r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?",
            "a sysctl's name",
        )
    ),
    "api.core.v1.SecurityContext": {
        **fields(runAsUser=ID, runAsGroup=ID, procMount=one_of("Default", "Unmasked")),
        "allOf": [where("privileged", (True,), fields(allowPrivilegeEscalation=_MAY))],
    },
    "api.core.v1.PodSecurityContext": fields(
        runAsUser=ID,
        runAsGroup=ID,
        fsGroup=ID,
        supplementalGroups=each(ID),
        fsGroupChangePolicy=one_of("Always", "OnRootMismatch"),
        supplementalGroupsPolicy=one_of("Merge", "Strict"),
    ),
    "api.core.v1.VolumeMount": fields(
        mountPath=FILLED,
        subPath=RELATIVE,
        mountPropagation=one_of("Bidirectional", "HostToContainer", "None"),
    ),
    "api.core.v1.Volume": {
        **fields(name=LABEL),
        "maxProperties": 2,
        "title": "a name and one source",
    },
    "api.core.v1.ConfigMapVolumeSource": needed("name", name=FILLED, defaultMode=MODE),
    "api.core.v1.SecretVolumeSource": needed("secretName", secretName=FILLED, defaultMode=MODE),
    "api.core.v1.ConfigMapProjection": needed("name", name=FILLED),
    "api.core.v1.SecretProjection": needed("name", name=FILLED),
    "api.core.v1.PersistentVolumeClaimVolumeSource": fields(claimName=FILLED),
    "api.core.v1.DownwardAPIVolumeFile": {
        **fields(path=RELATIVE, mode=MODE),
        "exactlyOne": ["fieldRef", "resourceFieldRef"],
    },
    "api.core.v1.ProjectedVolumeSource": fields(defaultMode=MODE),
    "api.core.v1.KeyToPath": fields(key=FILLED, path=RELATIVE, mode=MODE),
    "api.core.v1.ServiceAccountTokenProjection": fields(
        expirationSeconds=at_least(TOKEN_SECONDS, _LONGEST), path=RELATIVE
    ),
    "api.core.v1.Toleration": {
        **fields(
            key=LABEL_KEY,
            operator=one_of("Equal", "Exists"),
            effect=one_of("NoExecute", "NoSchedule", "PreferNoSchedule"),
            value=LABEL_VALUE,
        ),
        "allOf": [
            where("operator", ("Exists",), without("value")),
            {
                "if": {"not": {"required": ["key"]}},
                "then": needed("operator", operator=one_of("Exists")),
            },
            {
                "if": {"required": ["tolerationSeconds"]},
                "then": needed("effect", effect=one_of("NoExecute")),
            },
        ],
    },
    "api.core.v1.TopologySpreadConstraint": {
        **fields(
            maxSkew=at_least(1),
            minDomains=at_least(1),
            topologyKey=FILLED,
            whenUnsatisfiable=one_of("DoNotSchedule", "ScheduleAnyway"),
            nodeAffinityPolicy=one_of("Honor", "Ignore"),
            nodeTaintsPolicy=one_of("Honor", "Ignore"),
        ),
        "allOf": [unless("whenUnsatisfiable", ("DoNotSchedule",), without("minDomains"))],
    },
    "api.core.v1.NodeSelectorRequirement": {
        **fields(
            key=LABEL_KEY,
            operator=one_of("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"),
            values=each(LABEL_VALUE),
        ),
        "allOf": [
            *BY_OPERATOR,
            where("operator", ("Gt", "Lt"), needed("values", values=_ONE)),
        ],
    },
    "api.core.v1.NodeSelector": fields(nodeSelectorTerms=SOME),
    "api.core.v1.PreferredSchedulingTerm": fields(weight=at_least(1, 100)),
    "api.core.v1.WeightedPodAffinityTerm": fields(weight=at_least(1, 100)),
    "api.core.v1.PodAffinityTerm": fields(topologyKey=LABEL_KEY, namespaces=each(LABEL)),
    "apimachinery.pkg.apis.meta.v1.LabelSelector": fields(
        matchLabels=with_keys(LABEL_KEY, LABEL_VALUE)
    ),
    "apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement": {
        **fields(
            key=LABEL_KEY,
            operator=one_of("DoesNotExist", "Exists", "In", "NotIn"),
            values=each(LABEL_VALUE),
        ),
        "allOf": list(BY_OPERATOR),
    },
}
