"""The Kubeflow Trainer and KServe: what they make of their resources."""

from __future__ import annotations

from typing import Any, Final

from infra.emulator.kubernetes.owned import DEPLOYMENT, JOB, SERVICE, Owned
from infra.emulator.kubernetes.scaling import SCALER
from infra.emulator.kubernetes.store import Manifest, condition
from infra.kubernetes.kinds import BY_MANIFEST

TRAIN_JOB = BY_MANIFEST["trainer.kubeflow.org/v1alpha1", "TrainJob"]
INFERENCE_SERVICE = BY_MANIFEST["serving.kserve.io/v1beta1", "InferenceService"]
RUNTIMES: Final = frozenset({"torch-distributed"})
"""Cluster training runtimes that the trainer brings, and that run here."""
RENDEZVOUS_PORT: Final = 29400
_PATCHED: Final = (
    "serviceAccountName",
    "volumes",
    "securityContext",
    "nodeSelector",
    "tolerations",
    "affinity",
    "imagePullSecrets",
)


class TrainJobs:
    """Makes a job of all nodes and a service by which they find one another."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    def reconcile(self, train_job: Manifest) -> None:
        """Let the job stand, and tell what became of it."""
        name = train_job["metadata"]["name"]
        spec = train_job["spec"]
        nodes = (spec.get("trainer") or {}).get("numNodes", 1)
        self._owned.settle(
            train_job,
            SERVICE,
            {
                "metadata": {"name": name},
                "spec": {
                    "clusterIP": "None",
                    "selector": {"jobset.sigs.k8s.io/jobset-name": name},
                    "publishNotReadyAddresses": True,
                },
            },
        )
        job = self._owned.settle(
            train_job,
            JOB,
            {
                "metadata": {"name": f"{name}-node-0"},
                "spec": {
                    "completions": nodes,
                    "parallelism": nodes,
                    "completionMode": "Indexed",
                    "backoffLimit": 0,
                    "suspend": bool(spec.get("suspend")),
                    "template": self._template(train_job, nodes),
                    **(
                        {"activeDeadlineSeconds": spec["activeDeadlineSeconds"]}
                        if "activeDeadlineSeconds" in spec
                        else {}
                    ),
                },
            },
        )
        now = self._owned.store.now()
        status = job.get("status") or {}
        ended = [
            condition(one["type"], "True", one["reason"], one["message"], now)
            for one in status.get("conditions") or ()
            if one["type"] in {"Complete", "Failed"}
        ]
        suspended = condition("Suspended", str(bool(spec.get("suspend"))), "Suspended", "", now)
        told = (train_job.get("status") or {}).get("conditions") or ()
        if ended and any(one["type"] == ended[0]["type"] for one in told):
            return
        self._owned.tell(
            train_job,
            TRAIN_JOB,
            conditions=ended or [suspended],
            jobsStatus=[
                {
                    "name": "node",
                    "ready": 0,
                    "succeeded": int(bool(ended and ended[0]["type"] == "Complete")),
                    "failed": int(bool(ended and ended[0]["type"] == "Failed")),
                    "active": int(bool(status.get("active"))),
                    "suspended": int(bool(spec.get("suspend"))),
                }
            ],
        )

    @staticmethod
    def _template(train_job: Manifest, nodes: int) -> dict[str, Any]:
        name = train_job["metadata"]["name"]
        trainer = train_job["spec"].get("trainer") or {}
        container: dict[str, Any] = {
            "name": "node",
            **{key: trainer[key] for key in ("image", "command", "args") if key in trainer},
            "resources": trainer.get("resourcesPerNode") or {},
            "env": [
                *(trainer.get("env") or ()),
                {"name": "PET_NNODES", "value": str(nodes)},
                {"name": "PET_NPROC_PER_NODE", "value": str(trainer.get("numProcPerNode", 1))},
                {
                    "name": "PET_NODE_RANK",
                    "valueFrom": {
                        "fieldRef": {
                            "fieldPath": "metadata.annotations["
                            "'batch.kubernetes.io/job-completion-index']"
                        }
                    },
                },
                {"name": "PET_MASTER_ADDR", "value": f"{name}-node-0-0.{name}"},
                {"name": "PET_MASTER_PORT", "value": str(RENDEZVOUS_PORT)},
            ],
        }
        pod: dict[str, Any] = {"restartPolicy": "Never", "subdomain": name}
        labels = {"jobset.sigs.k8s.io/jobset-name": name}
        for patch in _patches(train_job):
            labels |= (patch.get("metadata") or {}).get("labels") or {}
            spec = patch.get("spec") or {}
            pod |= {key: spec[key] for key in _PATCHED if key in spec}
            for one in spec.get("containers") or ():
                if one["name"] == "node":
                    container |= {k: v for k, v in one.items() if k not in {"name", "env"}}
        return {"metadata": {"labels": labels}, "spec": {**pod, "containers": [container]}}


def _patches(train_job: Manifest) -> list[dict[str, Any]]:
    """Return the patches of the pods of the replicated job ``node``."""
    found = []
    for patch in train_job["spec"].get("runtimePatches") or ():
        template = ((patch.get("trainingRuntimeSpec") or {}).get("template") or {}).get(
            "spec"
        ) or {}
        for job in template.get("replicatedJobs") or ():
            if job["name"] == "node":
                inside = ((job.get("template") or {}).get("spec") or {}).get("template") or {}
                found.append(inside)
    return found


class InferenceServices:
    """Makes a deployment, its service and its autoscaler, as KServe does without Knative."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned

    def reconcile(self, service: Manifest) -> None:
        """Let the three stand, and tell whether the deployment answers."""
        name = f"{service['metadata']['name']}-predictor"
        predictor = dict(service["spec"]["predictor"])
        least, most = predictor.pop("minReplicas", 1), predictor.pop("maxReplicas", None)
        target = predictor.pop("scaleTarget", 80)
        predictor.pop("scaleMetric", None)
        labels = {**predictor.pop("labels", {}), "app": f"isvc.{name}"}
        annotations = predictor.pop("annotations", {})
        selector = {"app": f"isvc.{name}"}
        held = self._owned.of(service, DEPLOYMENT)
        replicas = held[0]["spec"].get("replicas", least) if held else least
        deployment = self._owned.settle(
            service,
            DEPLOYMENT,
            {
                "metadata": {"name": name, "labels": labels},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": selector},
                    "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                    "template": {
                        "metadata": {"labels": labels, "annotations": annotations},
                        "spec": predictor,
                    },
                },
            },
        )
        port = predictor["containers"][0]["ports"][0]["containerPort"]
        self._owned.settle(
            service,
            SERVICE,
            {
                "metadata": {"name": name},
                "spec": {"selector": selector, "ports": [{"port": 80, "targetPort": port}]},
            },
        )
        if most is not None and most > least:
            metric = {"type": "Utilization", "averageUtilization": target}
            self._owned.settle(
                service,
                SCALER,
                {
                    "metadata": {"name": name},
                    "spec": {
                        "scaleTargetRef": {
                            "apiVersion": "apps/v1",
                            "kind": "Deployment",
                            "name": name,
                        },
                        "minReplicas": least,
                        "maxReplicas": most,
                        "metrics": [
                            {"type": "Resource", "resource": {"name": "cpu", "target": metric}}
                        ],
                    },
                },
            )
        now = self._owned.store.now()
        of_it = (deployment.get("status") or {}).get("conditions") or ()
        ready = any(
            one["type"] == "Progressing" and one["reason"] == "NewReplicaSetAvailable"
            for one in of_it
        )
        why = next((one["message"] for one in of_it if one["status"] == "False"), "")
        before = (service.get("status") or {}).get("conditions") or ()
        if any((one["status"], one["message"]) == (str(ready), why) for one in before):
            return
        self._owned.tell(
            service,
            INFERENCE_SERVICE,
            observedGeneration=service["metadata"]["generation"],
            conditions=[condition("Ready", str(ready), "", why, now)],
            url=f"http://{name}.{service['metadata']['namespace']}.svc.cluster.local",
        )
