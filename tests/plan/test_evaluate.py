"""A stack evaluated from the code alone."""

from __future__ import annotations

import json
from functools import cache

import pulumi
import pulumi_aws as aws
import pytest

from infra.graph.evaluate import evaluate
from infra.graph.model import UNKNOWN, ResourceGraph
from infra.graph.monitor import WITHHELD
from infra.plan.evaluate import Evaluated, completed, evaluate_stack
from infra.plan.symbols import MARK, Symbolic, arn, marks, unmarked
from stacks.names import stacks

REGION = "us-east-1"


@cache
def evaluated(stack: str) -> Evaluated:
    return evaluate_stack(stack)


def symbolic(program: object) -> tuple[ResourceGraph, Symbolic]:
    symbols = Symbolic(region=REGION)
    graph = evaluate(
        program,  # type: ignore[arg-type]  # a function of no arguments
        project="test",
        stack="test",
        registrar=symbols,
        preview=True,
    )
    return completed(graph, symbols), symbols


@pytest.mark.parametrize("stack", stacks())
def test_every_stack_is_known_to_its_last_value(stack: str) -> None:
    text = json.dumps(
        [one.inputs for one in evaluated(stack).graph.resources.values()], default=str
    )
    assert str(UNKNOWN) not in text
    assert not MARK.search(text)


@pytest.mark.parametrize("stack", stacks())
def test_aws_would_refuse_nothing_of_a_stack(stack: str) -> None:
    assert evaluated(stack).symbols.faults == {}


def test_without_a_model_there_is_no_endpoint() -> None:
    endpoint = "aws:sagemaker/endpoint:Endpoint"
    assert evaluated("flights-dev").graph.of_type(endpoint)
    assert not evaluate_stack("flights-dev", model=False).graph.of_type(endpoint)


def test_the_commit_changes_nothing() -> None:
    text = json.dumps([one.inputs for one in evaluated("flights-dev").graph.resources.values()])
    assert "planned" in text


def test_a_policy_is_whole_and_says_whose_arn_it_follows() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("raw")
        document = pulumi.Output.json_dumps({"Resource": bucket.arn.apply(lambda arn: f"{arn}/*")})
        aws.iam.Policy("reads", policy=document, description="reads")

    graph, symbols = symbolic(program)
    bucket, policy = graph["raw"], graph["reads"]
    name = bucket.inputs["bucket"]
    assert json.loads(policy.inputs["policy"]) == {"Resource": f"arn:aws:s3:::{name}/*"}
    assert symbols.followed[policy.urn] == {"policy": (bucket.urn,)}


def test_a_name_that_the_program_gave_is_followed_by_nobody() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("raw", bucket="raw-of-flights")
        aws.s3.BucketPolicy("policy", bucket=bucket.bucket, policy="{}")

    graph, symbols = symbolic(program)
    assert symbols.followed[graph["policy"].urn] == {}


def test_an_evaluation_gives_the_same_symbols_each_time() -> None:
    def program() -> None:
        pulumi.export("name", aws.s3.Bucket("raw").bucket)

    assert symbolic(program)[0].outputs == symbolic(program)[0].outputs


def test_what_aws_would_refuse_is_told_for_what_is_known() -> None:
    def program() -> None:
        aws.sqs.Queue("waiting", visibility_timeout_seconds=3, kms_master_key_id="k")
        aws.iam.Role("f", assume_role_policy="{}", path="no path")

    graph, symbols = symbolic(program)
    assert list(symbols.faults) == [graph["f"].urn]
    assert "no path" in symbols.faults[graph["f"].urn][0]


def test_no_secret_enters_a_graph() -> None:
    def program() -> None:
        token = pulumi.Output.secret("hunter2")
        topic = aws.sns.Topic("news", display_name=token)
        aws.sqs.Queue("echo", name=topic.display_name.apply(lambda text: f"q-{text}"))
        pulumi.export("token", token)

    graph, symbols = symbolic(program)
    assert "hunter2" not in repr(graph) + repr(symbols)
    assert graph["news"].inputs["displayName"] == WITHHELD
    assert graph.outputs["token"] == WITHHELD


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("aws:s3/bucket:Bucket", "arn:aws:s3:::x"),
        ("aws:iam/role:Role", "arn:aws:iam::1:role/x"),
        ("aws:sns/topic:Topic", "arn:aws:sns:us-east-1:1:x"),
        ("aws:kms/key:Key", "arn:aws:kms:us-east-1:1:key/x"),
        (
            "aws:sagemaker/featureGroup:FeatureGroup",
            "arn:aws:sagemaker:us-east-1:1:feature-group/x",
        ),
        ("aws:cloudwatch/logGroup:LogGroup", "arn:aws:logs:us-east-1:1:log-group:x"),
    ],
)
def test_an_arn_looks_as_aws_forms_it(token: str, expected: str) -> None:
    assert arn(token, "x", region=REGION, account_id="1") == expected


def test_marks_are_found_and_taken_off_wherever_they_are() -> None:
    mark = "~0123456789~"
    value = {f"key{mark}": ["a", {"b": f"x{mark}y"}], "n": 1}
    assert list(marks(value)) == [mark, mark]
    assert unmarked(value) == {"key": ["a", {"b": "xy"}], "n": 1}


def test_a_provider_of_identities_is_known_by_its_host() -> None:
    def program() -> None:
        provider = aws.iam.OpenIdConnectProvider(
            "forge", url="https://gitlab.example.com", client_id_lists=["sts.amazonaws.com"]
        )
        pulumi.export("arn", provider.arn)

    graph, _ = symbolic(program)
    assert graph.outputs["arn"] == "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com"
