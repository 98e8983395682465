from __future__ import annotations

import ast
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.pipelines.validation import all_steps, validate
from pipelines import compile as compilation
from pipelines.compile import ROOT, CompileError, compile_use_case, fingerprint
from pipelines.compiled import TOKENS, CompiledUseCase, network_tokens
from pipelines.settings import BuildSettings
from pipelines.shared import cluster
from pipelines.shared.jobs import Code

SETTINGS = BuildSettings(
    name_prefix="flights-sandbox-flights",
    stack="flights-sandbox",
    use_case="flights",
    region="us-east-1",
    processing_instance_type="ml.m5.large",
    training_instance_type="ml.m5.xlarge",
    training_use_spot=True,
    max_training_wait_seconds=5000,
    approval="automatic",
    minimum_gain=0.002,
    subnet_count=2,
    security_group_count=1,
    batch_instance_type="ml.m5.large",
    batch_instance_count=2,
    batch_strategy="single_record",
    batch_max_payload_mb=10,
)
TAGS = [
    {"Key": key, "Value": f"${{tag_{key}}}"} for key in ("environment", "owner", "project", "team")
]
PIPELINES = ("features", "training", "drift", "batch")
ISOLATED = {
    "features": {"Transform", "Engineer"},
    "training": {"Validate", "Split", "Train"},
    "drift": set(),
    "batch": set(),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def compiled(cache: Path) -> CompiledUseCase:
    return compile_use_case("flights", SETTINGS, cache=cache)


@pytest.fixture(scope="module")
def other(cache: Path) -> CompiledUseCase:
    """Return what other settings give: outside a VPC, approved by a person."""
    settings = dataclasses.replace(
        SETTINGS,
        approval="manual",
        subnet_count=0,
        security_group_count=0,
        processing_local_storage=True,
        batch_local_storage=True,
        training_instance_type="ml.g5.xlarge",
        training_instance_count=2,
        training_volume_gib=None,
        training_use_spot=False,
        training_checkpoints=False,
        training_keep_alive_seconds=600,
        tuning_strategy="random",
        tuning_early_stopping=True,
    )
    return compile_use_case("flights", settings, cache=cache)


def definition(compiled: CompiledUseCase, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(compiled.pipelines[name].definition)
    return loaded


def job(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the job of a step; of a tuning step the job that each trial runs."""
    arguments: dict[str, Any] = step["Arguments"]
    trial: dict[str, Any] = arguments.get("TrainingJobDefinition", arguments)
    return trial


def jobs(compiled: CompiledUseCase, name: str) -> dict[str, dict[str, Any]]:
    kinds = {"Processing", "Training", "Tuning"}
    steps = all_steps(definition(compiled, name)["Steps"])
    return {step["Name"]: job(step) for step in steps if step["Type"] in kinds}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_definition_has_no_dangling_reference(compiled: CompiledUseCase, name: str) -> None:
    assert validate(compiled.pipelines[name].definition) == []


@pytest.mark.parametrize("name", PIPELINES)
def test_a_definition_uses_known_tokens_only(compiled: CompiledUseCase, name: str) -> None:
    subnets, security_groups = network_tokens(subnet_count=2, security_group_count=1)
    assert compiled.pipelines[name].tokens() <= TOKENS | {*subnets, *security_groups}


@pytest.mark.parametrize("name", PIPELINES)
def test_every_artifact_is_named_by_its_content(compiled: CompiledUseCase, name: str) -> None:
    pipeline = compiled.pipelines[name]
    for artifact in pipeline.artifacts:
        assert artifact.sha256 in artifact.key
        assert f"s3://${{artifacts_bucket}}/{artifact.key}" in pipeline.definition
        assert compilation._sha256(artifact.path) == artifact.sha256
    assert pipeline.artifacts


@pytest.mark.parametrize("name", PIPELINES)
def test_every_job_encrypts_what_it_writes_and_its_disk(
    compiled: CompiledUseCase, name: str
) -> None:
    for step, request in jobs(compiled, name).items():
        text = json.dumps(request)
        outputs = request.get("OutputDataConfig") or request["ProcessingOutputConfig"]
        assert outputs["KmsKeyId"] == "${kms_key_arn}", step
        assert '"VolumeKmsKeyId": "${kms_key_arn}"' in text, step


@pytest.mark.parametrize("name", PIPELINES)
def test_every_job_runs_in_the_subnets_for_a_limited_time(
    compiled: CompiledUseCase, name: str
) -> None:
    for step, request in jobs(compiled, name).items():
        network = request.get("NetworkConfig", request)
        assert network["VpcConfig"] == {
            "Subnets": ["${subnet_id_1}", "${subnet_id_2}"],
            "SecurityGroupIds": ["${security_group_id_1}"],
        }, step
        assert network["EnableInterContainerTrafficEncryption"] is True, step
        assert request["StoppingCondition"]["MaxRuntimeInSeconds"] <= 3600, step


@pytest.mark.parametrize("name", PIPELINES)
def test_steps_that_call_no_aws_api_have_no_network(compiled: CompiledUseCase, name: str) -> None:
    isolated = {
        step
        for step, request in jobs(compiled, name).items()
        if request.get("NetworkConfig", request)["EnableNetworkIsolation"]
    }
    assert isolated == ISOLATED[name]


@pytest.mark.parametrize("name", PIPELINES)
def test_every_step_that_calls_sagemaker_tries_again(compiled: CompiledUseCase, name: str) -> None:
    for step in all_steps(definition(compiled, name)["Steps"]):
        if step["Type"] != "Condition":
            assert step["RetryPolicies"], step["Name"]


def test_without_batch_scoring_there_is_no_such_pipeline(
    compiled: CompiledUseCase, cache: Path
) -> None:
    without = compile_use_case(
        "flights", dataclasses.replace(SETTINGS, batch_instance_type=""), cache=cache
    )
    assert {name: one.definition for name, one in without.pipelines.items()} == {
        name: one.definition for name, one in compiled.pipelines.items() if name != "batch"
    }


@pytest.mark.parametrize("name", ["features", "training", "drift", "batch"])
def test_all_that_a_pipeline_makes_bears_the_stacks_tags(
    compiled: CompiledUseCase, name: str
) -> None:
    """By these its role may act on it, and a budget counts it."""
    made = [
        step["Arguments"]
        for step in all_steps(definition(compiled, name)["Steps"])
        if step["Type"] not in {"Condition", "RegisterModel"}
    ]
    assert made
    for arguments in made:
        assert arguments["Tags"][: len(TAGS)] == TAGS


def test_a_trial_is_named_by_its_pipeline_too(compiled: CompiledUseCase) -> None:
    config = definition(compiled, "training")["PipelineExperimentConfig"]
    assert config["ExperimentName"] == {"Get": "Execution.PipelineName"}
    assert config["TrialName"]["Std:Join"]["Values"] == [
        {"Get": "Execution.PipelineName"},
        {"Get": "Execution.PipelineExecutionId"},
    ]


def test_a_batch_is_scored_by_the_version_that_extract_found(compiled: CompiledUseCase) -> None:
    steps = {one["Name"]: one for one in all_steps(definition(compiled, "batch")["Steps"])}
    assert list(steps) == ["Extract", "Model", "Transform", "Write"]
    assert steps["Model"]["Arguments"] == {
        "ModelName": "flights-sandbox-flights-batch",
        "ExecutionRoleArn": "${role_arn}",
        "PrimaryContainer": {
            "ModelPackageName": {
                "Std:JsonGet": {
                    "PropertyFile": {"Get": "Steps.Extract.PropertyFiles.Facts"},
                    "Path": "model_package",
                }
            }
        },
        "EnableNetworkIsolation": True,
        "VpcConfig": {
            "Subnets": ["${subnet_id_1}", "${subnet_id_2}"],
            "SecurityGroupIds": ["${security_group_id_1}"],
        },
        "Tags": TAGS,
    }
    (extracted,) = [
        one["S3Output"]["S3Uri"]
        for one in steps["Extract"]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        if one["OutputName"] == "requests"
    ]
    assert extracted["Std:Join"]["Values"][-1] == "requests"
    assert steps["Extract"]["Arguments"]["AppSpecification"]["ContainerArguments"][-1] == "2"


def test_the_transform_job_is_the_one_that_was_set(
    compiled: CompiledUseCase, other: CompiledUseCase
) -> None:
    def transform(made: CompiledUseCase) -> dict[str, Any]:
        steps = all_steps(definition(made, "batch")["Steps"])
        step = next(one for one in steps if one["Type"] == "Transform")
        arguments: dict[str, Any] = step["Arguments"]
        return arguments

    asked = transform(compiled)
    assert asked["TransformJobName"] == "flights-sandbox-flights-batch"
    assert asked["ModelName"] == {"Get": "Steps.Model.ModelName"}
    assert (asked["BatchStrategy"], asked["MaxPayloadInMB"]) == ("SingleRecord", 10)
    assert (
        asked["TransformInput"]["SplitType"] == asked["TransformOutput"]["AssembleWith"] == "Line"
    )
    assert asked["TransformOutput"]["KmsKeyId"] == "${kms_key_arn}"
    assert asked["TransformResources"] == {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 2,
        "VolumeKmsKeyId": "${kms_key_arn}",
    }
    assert "VolumeKmsKeyId" not in transform(other)["TransformResources"]


@pytest.mark.parametrize("step", ["Tune", "Train"])
def test_spot_jobs_wait_and_keep_checkpoints_of_their_execution(
    compiled: CompiledUseCase, step: str
) -> None:
    request = jobs(compiled, "training")[step]
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] == 5000
    where = json.dumps(request["CheckpointConfig"]["S3Uri"])
    assert "PipelineExecutionId" in where
    assert f'"{step.lower()}"' in where


@pytest.mark.parametrize("step", ["Tune", "Train"])
def test_jobs_on_kept_gpu_instances_ask_for_no_disk_and_no_spot(
    other: CompiledUseCase, step: str
) -> None:
    request = jobs(other, "training")[step]
    assert request["ResourceConfig"] == {
        "InstanceType": "ml.g5.xlarge",
        "InstanceCount": 2,
        "KeepAlivePeriodInSeconds": 600,
    }
    assert request["EnableManagedSpotTraining"] is False
    assert request["EnableInterContainerTrafficEncryption"] is True
    assert "CheckpointConfig" not in request
    assert "MaxWaitTimeInSeconds" not in request["StoppingCondition"]


def test_the_search_is_the_one_that_was_set(
    compiled: CompiledUseCase, other: CompiledUseCase
) -> None:
    def search(made: CompiledUseCase) -> tuple[str, str]:
        steps = all_steps(definition(made, "training")["Steps"])
        tune = next(step for step in steps if step["Name"] == "Tune")
        config = tune["Arguments"]["HyperParameterTuningJobConfig"]
        return config["Strategy"], config["TrainingJobEarlyStoppingType"]

    assert (search(compiled), search(other)) == (("Bayesian", "Off"), ("Random", "Auto"))


def test_disks_of_the_instance_itself_are_given_no_key(other: CompiledUseCase) -> None:
    for name in PIPELINES:
        assert "VolumeKmsKeyId" not in other.pipelines[name].definition


def test_outside_a_vpc_jobs_name_no_subnets(other: CompiledUseCase) -> None:
    assert "VpcConfig" not in "".join(one.definition for one in other.pipelines.values())


def test_the_approval_of_the_environment_is_the_default(
    compiled: CompiledUseCase, other: CompiledUseCase
) -> None:
    def default(made: CompiledUseCase) -> str:
        parameters = definition(made, "training")["Parameters"]
        return next(
            str(one["DefaultValue"]) for one in parameters if one["Name"] == "ModelApprovalStatus"
        )

    assert default(compiled) == "Approved"
    assert default(other) == "PendingManualApproval"


def test_the_bytes_are_the_same_from_another_directory_and_hash_seed(
    compiled: CompiledUseCase, cache: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "elsewhere" / "project"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "pipelines", copy / "pipelines", ignore=ignore)
    target = tmp_path / "built"
    target.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(copy),
        "PYTHONHASHSEED": "7",
        "HOME": str(tmp_path),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-m", "pipelines.build", "flights", SETTINGS.to_json(), str(target)]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, timeout=120)
    folder = cache / f"flights-{fingerprint('flights', SETTINGS)}"
    names = {path.name for path in folder.iterdir()} - {"seal.json"}
    assert {path.name for path in target.iterdir()} == names
    assert len(compiled.pipelines) == len(PIPELINES)
    for name in names:
        assert (target / name).read_bytes() == (folder / name).read_bytes(), name


def test_an_unchanged_tree_is_read_from_the_cache_without_the_sdk(
    compiled: CompiledUseCase, cache: Path
) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from pipelines.compile import compile_use_case\n"
        "from pipelines.settings import BuildSettings\n"
        "settings = BuildSettings.from_json(sys.argv[1])\n"
        "compile_use_case('flights', settings, cache=Path(sys.argv[2]))\n"
        "heavy = {'sagemaker', 'boto3', 'pandas', 'numpy', 'pulumi'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, SETTINGS.to_json(), str(cache)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert compile_use_case("flights", SETTINGS, cache=cache) == compiled


def test_reading_the_cache_takes_at_most_fifty_milliseconds(
    compiled: CompiledUseCase, cache: Path
) -> None:
    taken = []
    for _ in range(5):
        began = time.process_time()
        assert compile_use_case("flights", SETTINGS, cache=cache).use_case == compiled.use_case
        taken.append(time.process_time() - began)
    assert min(taken) <= 0.05


@pytest.mark.parametrize("damage", ["training.json", "seal.json", "steps.pyz"])
def test_a_damaged_cache_entry_is_built_again(
    compiled: CompiledUseCase, cache: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cache / f"flights-{fingerprint('flights', SETTINGS)}"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}

    def rebuild(_use_case: str, _settings: BuildSettings, target: Path) -> None:
        for name, body in kept.items():
            (target / name).write_bytes(body)

    monkeypatch.setattr(compilation, "_build", rebuild)
    (folder / damage).write_text("{")
    assert compile_use_case("flights", SETTINGS, cache=cache) == compiled
    assert (folder / damage).read_bytes() == kept[damage]


def test_other_settings_are_another_entry() -> None:
    other = dataclasses.replace(SETTINGS, minimum_gain=0.01)
    assert fingerprint("flights", other) != fingerprint("flights", SETTINGS)


def test_a_failing_build_shows_what_the_sdk_said(tmp_path: Path) -> None:
    wrong = dataclasses.replace(SETTINGS, region="mars-north-1")
    with pytest.raises(CompileError, match="mars-north-1"):
        compile_use_case("flights", wrong, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_use_case_is_refused_with_those_there_are(tmp_path: Path) -> None:
    refused = r"use_case must be one of \[.*'flights'.*\], got 'trains'"
    with pytest.raises(ValueError, match=refused):
        compile_use_case("trains", SETTINGS, cache=tmp_path)


def test_every_function_file_exists(compiled: CompiledUseCase) -> None:
    for code in compiled.lambdas.values():
        module, _, _ = code.handler.rpartition(".")
        assert module.replace(".", "/") + ".py" in code.files
        assert [name for name, path in code.files.items() if not path.is_file()] == []


def test_step_code_is_python_that_the_images_understand() -> None:
    for files in ("*/steps/*.py", "flights/lambdas/flights.py", "shared/drift/*.py"):
        for path in (ROOT / "pipelines").glob(files):
            ast.parse(path.read_text(), filename=str(path), feature_version=(3, 10))


def test_the_step_archive_runs_a_step_by_name(compiled: CompiledUseCase, tmp_path: Path) -> None:
    archive = next(
        one.path for one in compiled.pipelines["features"].artifacts if one.path.suffix == ".pyz"
    )
    done = subprocess.run(
        [sys.executable, "-I", str(archive), "features_engineer", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "make the records of each feature group" in done.stdout


@pytest.fixture(scope="module")
def clustered(cache: Path) -> CompiledUseCase:
    settings = dataclasses.replace(
        SETTINGS,
        features_engine="spark",
        features_instance_type="ml.r5.2xlarge",
        features_instance_count=4,
        features_max_seconds=7200,
    )
    return compile_use_case("flights", settings, cache=cache)


def test_with_spark_a_cluster_takes_the_place_of_one_machine(clustered: CompiledUseCase) -> None:
    found = jobs(clustered, "features")
    assert list(found) == ["Extract", "Spark"]
    request = found["Spark"]
    instances = request["ProcessingResources"]["ClusterConfig"]
    assert (instances["InstanceType"], instances["InstanceCount"]) == ("ml.r5.2xlarge", 4)
    assert instances["VolumeKmsKeyId"] == "${kms_key_arn}"
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}
    image = request["AppSpecification"]["ImageUri"]
    assert image.endswith("/sagemaker-spark-processing:3.5-cpu-py312-v1.3")
    assert request["NetworkConfig"]["EnableInterContainerTrafficEncryption"] is True
    assert found["Extract"]["AppSpecification"]["ContainerArguments"][-1] == "--in-place"


def test_the_spark_pipeline_has_its_code_and_no_dangling_reference(
    clustered: CompiledUseCase,
) -> None:
    pipeline = clustered.pipelines["features"]
    assert validate(pipeline.definition) == []
    names = {artifact.path.name for artifact in pipeline.artifacts}
    assert names == {"steps.pyz", "steps.zip", "spark.py"}


def test_spark_changes_the_feature_pipeline_only(
    compiled: CompiledUseCase, clustered: CompiledUseCase
) -> None:
    for name in ("training", "drift"):
        assert clustered.pipelines[name] == dataclasses.replace(
            compiled.pipelines[name], artifacts=clustered.pipelines[name].artifacts
        )


def test_an_argument_that_a_shell_would_take_apart_is_refused() -> None:
    code = Code(steps="a", source="b", library="c", program="d", files=())
    with pytest.raises(ValueError, match=r"must be plain words, got 'x; rm'"):
        cluster.spark(SETTINGS, code, "image", "step", arguments=["x; rm"], inputs=[], outputs={})
