"""What is declared really runs: servers answer, jobs end, versions take over, roles are assumed."""

from __future__ import annotations

import json
from typing import Any

import kubernetes.client
import pytest

from infra.emulator.server import Emulator
from tests.emulator.kubernetes.support import SPACE, deployment, job, pod_spec, service

client: Any = kubernetes.client  # its methods take models, and mappings as well
PARTS = ("credentials", "containers", "kubernetes")
ROLE = "arn:aws:iam::123456789012:role/pod"


def asked(core: Any, name: str) -> str:
    found = core.connect_post_namespaced_service_proxy_with_path(name, SPACE, "invocations")
    return str(found)


def condition(found: Any, kind: str) -> dict[str, Any]:
    told = found.to_dict()["status"]["conditions"]
    return next(one for one in told if one["type"] == kind)


def test_a_service_answers_and_another_version_takes_over(
    emulator: Emulator, api: Any, core: Any
) -> None:
    apps = client.AppsV1Api(api)
    apps.create_namespaced_deployment(SPACE, deployment("late", "one", replicas=2))
    core.create_namespaced_service(SPACE, service("late"))
    emulator.settle()
    assert apps.read_namespaced_deployment("late", SPACE).to_dict()["status"]["ready_replicas"] == 2
    assert asked(core, "late") == "one"
    apps.replace_namespaced_deployment("late", SPACE, deployment("late", "two", replicas=2))
    emulator.settle()
    assert asked(core, "late") == "two"
    pods = core.list_namespaced_pod(SPACE, label_selector="app=late").items
    assert len(pods) == 2
    apps.delete_namespaced_deployment("late", SPACE)
    assert not core.list_namespaced_pod(SPACE, label_selector="app=late").items


def test_a_version_that_cannot_start_leaves_the_old_one_answering(
    emulator: Emulator, api: Any, core: Any
) -> None:
    apps = client.AppsV1Api(api)
    apps.create_namespaced_deployment(SPACE, deployment("kept", "good", replicas=1))
    core.create_namespaced_service(SPACE, service("kept"))
    emulator.settle()
    broken = deployment(
        "kept", "x", replicas=1, container={"command": ["python", "-c", "raise SystemExit('no')"]}
    )
    apps.replace_namespaced_deployment("kept", SPACE, broken)
    emulator.settle()
    told = condition(apps.read_namespaced_deployment("kept", SPACE), "Progressing")
    assert told["reason"] == "ProgressDeadlineExceeded"
    assert "exit 1: no" in told["message"]
    assert asked(core, "kept") == "good"


def test_an_autoscaler_keeps_to_its_bounds_and_a_budget_counts(
    emulator: Emulator, api: Any
) -> None:
    apps = client.AppsV1Api(api)
    apps.create_namespaced_deployment(SPACE, deployment("scaled", "x"))
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "scaled"}
    client.AutoscalingV2Api(api).create_namespaced_horizontal_pod_autoscaler(
        SPACE,
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "scaled"},
            "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 3},
        },
    )
    policy = client.PolicyV1Api(api)
    policy.create_namespaced_pod_disruption_budget(
        SPACE,
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "scaled"},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "scaled"}}},
        },
    )
    emulator.settle()
    scale = apps.read_namespaced_deployment_scale("scaled", SPACE).to_dict()
    assert scale["status"]["replicas"] == 2
    budget = policy.read_namespaced_pod_disruption_budget("scaled", SPACE).to_dict()["status"]
    assert (budget["current_healthy"], budget["disruptions_allowed"]) == (2, 1)


PEERS = """
import os, socket, time
rank, (host, port) = int(os.environ["RANK"]), (os.environ["FIRST"], 29511)
if rank == 0:
    with socket.create_server((host, port)) as server:
        print("met", server.accept()[0].recv(8).decode())
else:
    for _ in range(200):
        try:
            socket.create_connection((host, port)).sendall(b"rank 1")
            break
        except OSError:
            time.sleep(0.05)
"""


def test_the_nodes_of_a_job_find_one_another_by_name(
    emulator: Emulator, api: Any, core: Any
) -> None:
    index = "metadata.annotations['batch.kubernetes.io/job-completion-index']"
    env = [
        {"name": "RANK", "valueFrom": {"fieldRef": {"fieldPath": index}}},
        {"name": "FIRST", "value": "pair-0.nodes"},
    ]
    both = {"completions": 2, "parallelism": 2, "completionMode": "Indexed"}
    pods = {"subdomain": "nodes", "container": {"env": env}}
    client.BatchV1Api(api).create_namespaced_job(SPACE, job("pair", PEERS, pod=pods, **both))
    emulator.settle()
    found = client.BatchV1Api(api).read_namespaced_job("pair", SPACE)
    assert condition(found, "Complete")["status"] == "True"
    selector = "batch.kubernetes.io/job-completion-index=0,batch.kubernetes.io/job-name=pair"
    (first,) = core.list_namespaced_pod(SPACE, label_selector=selector).to_dict()["items"]
    assert core.read_namespaced_pod_log(first["metadata"]["name"], SPACE) == "met rank 1\n"


@pytest.mark.parametrize(("suspend", "ends"), [(True, "Suspended"), (False, "Failed")])
def test_a_job_waits_while_suspended_and_fails_with_its_reason(
    emulator: Emulator, api: Any, *, suspend: bool, ends: str
) -> None:
    name = f"once-{suspend}".lower()
    batch = client.BatchV1Api(api)
    batch.create_namespaced_job(SPACE, job(name, "raise SystemExit('why')", suspend=suspend))
    emulator.settle()
    told = condition(batch.read_namespaced_job(name, SPACE), ends)
    assert told["status"] == "True"
    assert ("exit 1: why" in told["message"]) is not suspend


@pytest.mark.parametrize(
    ("runtime", "refusal"), [("torch-distributed", ""), ("jax", "ClusterTrainingRuntime 'jax'")]
)
def test_a_train_job_runs_by_a_runtime_that_is_there(
    emulator: Emulator, api: Any, runtime: str, refusal: str
) -> None:
    pod = pod_spec("import os; print(os.environ['PET_NNODES'])")
    (container,) = pod["containers"]
    secure = {"name": "node", "securityContext": container["securityContext"]}
    node = {"spec": {"securityContext": pod["securityContext"], "containers": [secure]}}
    inside = [{"name": "node", "template": {"spec": {"template": node}}}]
    patch = {"template": {"spec": {"replicatedJobs": inside}}}
    made = {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "TrainJob",
        "metadata": {"name": f"on-{runtime}", "namespace": SPACE},
        "spec": {
            "runtimeRef": {"name": runtime},
            "trainer": {"image": container["image"], "command": container["command"]},
            "runtimePatches": [{"manager": "tests", "trainingRuntimeSpec": patch}],
        },
    }
    custom = client.CustomObjectsApi(api)
    where = ("trainer.kubeflow.org", "v1alpha1", SPACE, "trainjobs")
    if refusal:
        with pytest.raises(client.ApiException, match=refusal):
            custom.create_namespaced_custom_object(*where, made)
        return
    custom.create_namespaced_custom_object(*where, made)
    emulator.settle()
    found: Any = custom.get_namespaced_custom_object(*where, f"on-{runtime}")
    assert [one["type"] for one in found["status"]["conditions"]] == ["Complete"]


ASSUME = """
import boto3
try:
    print(boto3.client("sts").get_caller_identity()["Arn"])
except Exception as error:
    raise SystemExit(str(error))
"""


@pytest.mark.parametrize(("account", "allowed"), [("trusted", True), ("other", False)])
def test_a_pod_acts_as_the_role_that_trusts_its_service_account(
    emulator: Emulator, api: Any, account: str, *, allowed: bool
) -> None:
    iam = emulator.context.client("iam", "us-east-1")
    issuer = "oidc.example.com/id/1"
    keys = {
        f"{issuer}:aud": "sts.amazonaws.com",
        f"{issuer}:sub": f"system:serviceaccount:{SPACE}:trusted",
    }
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
        "Condition": {"StringEquals": keys},
    }
    if allowed:
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName="pod", AssumeRolePolicyDocument=trust)
    token = {"audience": "sts.amazonaws.com", "path": "token"}
    volume = {"name": "t", "projected": {"sources": [{"serviceAccountToken": token}]}}
    container = {
        "env": [
            {"name": "AWS_ROLE_ARN", "value": ROLE},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/aws/token"},
        ],
        "volumeMounts": [{"name": "t", "mountPath": "/var/run/aws"}],
    }
    pods = {"serviceAccountName": account, "volumes": [volume], "container": container}
    name = f"as-{account}"
    client.BatchV1Api(api).create_namespaced_job(SPACE, job(name, ASSUME, pod=pods))
    emulator.settle()
    found = client.BatchV1Api(api).read_namespaced_job(name, SPACE)
    told = condition(found, "Complete" if allowed else "Failed")
    assert told["status"] == "True"
    if not allowed:
        assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in told["message"]
