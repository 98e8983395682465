"""Network, images and audit trail."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest

from components.audit_trail import AuditTrail
from components.container_registry import ContainerRegistry
from components.private_network import PrivateNetwork, slices
from infra.graph.model import ResourceGraph
from tests.unit.components.support import KEY, args, declare

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def network() -> ResourceGraph:
    return declare(PrivateNetwork)


@pytest.fixture(scope="module")
def audit() -> ResourceGraph:
    return declare(AuditTrail)


def test_zones_have_ranges_of_their_own_within_the_network() -> None:
    parts = [ipaddress.IPv4Network(part) for part in slices("10.0.0.0/16", 3)]
    assert len(parts) == 3
    assert all(part.subnet_of(ipaddress.IPv4Network("10.0.0.0/16")) for part in parts)
    assert not any(one.overlaps(other) for one in parts for other in parts if one != other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cidr": "10.0.0.0/8"}, r"cidr must be of size /16 to /24, got 10\.0\.0\.0/8"),
        ({"cidr": "10.0.0.0/26"}, r"cidr must be of size /16 to /24"),
        ({"cidr": "10.0.0.1/16"}, "has host bits set"),
        ({"zones": ["us-east-1a"]}, "zones must be two or three different ones"),
        ({"zones": ["us-east-1a", "us-east-1a"]}, "zones must be two or three different ones"),
        ({"zones": [f"us-east-1{z}" for z in "abcd"]}, "zones must be two or three different ones"),
    ],
)
def test_a_network_that_aws_or_a_lost_zone_would_end_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        args(PrivateNetwork, **change)


def test_nothing_leads_out_of_the_network(network: ResourceGraph) -> None:
    for one in network.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"):
        assert "cidrIpv4" not in one.inputs, one.name
        assert "cidrIpv6" not in one.inputs, one.name
    for subnet in network.of_type("aws:ec2/subnet:Subnet"):
        assert subnet.inputs["mapPublicIpOnLaunch"] is False


def test_what_runs_in_the_network_reaches_endpoints_gateways_and_its_own_kind(
    network: ResourceGraph,
) -> None:
    rules = {
        one.name: (
            one.inputs.get("referencedSecurityGroupId") or one.inputs.get("prefixListId"),
            one.inputs.get("fromPort"),
        )
        for one in network.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    }
    assert rules == {
        "it-to-members": ("it-workloads-id", None),
        "it-to-endpoints": ("it-endpoints-id", 443),
        "it-to-s3": ("pl-it-s3", 443),
        "it-to-dynamodb": ("pl-it-dynamodb", 443),
    }


def test_endpoints_answer_what_runs_in_the_network_and_call_nobody(network: ResourceGraph) -> None:
    rule = network["it-into-endpoints"].inputs
    assert rule["referencedSecurityGroupId"] == "it-workloads-id"
    assert (rule["fromPort"], rule["toPort"]) == (443, 443)
    sending = {
        one.inputs["securityGroupId"]
        for one in network.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    }
    assert sending == {"it-workloads-id"}


def test_the_default_security_group_is_emptied(network: ResourceGraph) -> None:
    assert not {"ingress", "egress"} & network["it-default"].inputs.keys()


@pytest.mark.parametrize("name", ["it-s3", "it-dynamodb", "it-sagemaker-api", "it-sts"])
def test_an_endpoint_lets_this_account_reach_its_own_and_nothing_else(
    network: ResourceGraph, name: str
) -> None:
    (statement,) = json.loads(network[name].inputs["policy"])["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    }


def test_layers_of_images_pass_where_images_are_pulled() -> None:
    graph = declare(PrivateNetwork, services=["ecr.api", "ecr.dkr"])
    _, layers = json.loads(graph["it-s3"].inputs["policy"])["Statement"]
    assert layers["Action"] == ["s3:GetObject"]
    assert layers["Resource"] == "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"


def test_interfaces_answer_by_the_names_that_sdks_use(network: ResourceGraph) -> None:
    vpc, door = network["it-vpc"].inputs, network["it-sagemaker-api"].inputs
    assert (vpc["enableDnsHostnames"], vpc["enableDnsSupport"]) == (True, True)
    assert door["privateDnsEnabled"] is True
    assert door["serviceName"] == "com.amazonaws.us-east-1.sagemaker.api"
    assert door["subnetIds"] == ["it-us-east-1a-id", "it-us-east-1b-id"]


def test_all_traffic_is_logged_under_the_key(network: ResourceGraph) -> None:
    flows, logs = network["it-flows"].inputs, network["it-flow-logs"].inputs
    assert (flows["trafficType"], flows["vpcId"]) == ("ALL", "it-vpc-id")
    assert (logs["kmsKeyId"], logs["retentionInDays"]) == (KEY, 365)
    assert network["it-flow-policy"].urn in network["it-flows"].dependencies


def test_a_tag_never_moves_and_each_image_is_scanned() -> None:
    repository = declare(ContainerRegistry)["it-serving-repository"].inputs
    assert repository["name"] == "test/serving"
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]


def test_untagged_images_go_and_of_tagged_ones_the_oldest() -> None:
    graph = declare(ContainerRegistry, keep_count=5)
    untagged, tagged = json.loads(graph["it-serving-lifecycle"].inputs["policy"])["rules"]
    assert untagged["selection"]["countNumber"] == 7
    assert (tagged["selection"]["tagPatternList"], tagged["selection"]["countNumber"]) == (["*"], 5)


def test_other_accounts_pull_where_named_and_never_push() -> None:
    graph = declare(ContainerRegistry, reader_account_ids=["444455556666"])
    (statement,) = json.loads(graph["it-serving-policy"].inputs["policy"])["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::444455556666:root"]}
    assert "ecr:BatchGetImage" in statement["Action"]
    assert not [action for action in statement["Action"] if "Put" in action or "Upload" in action]


@pytest.mark.parametrize("images", [[], ["serving", "serving"]])
def test_images_that_name_no_or_one_repository_twice_are_refused(images: list[str]) -> None:
    with pytest.raises(ValueError, match="images must name different ones, got"):
        args(ContainerRegistry, images=images)


def test_a_trail_watches_objects_of_the_given_buckets_and_every_change(
    audit: ResourceGraph,
) -> None:
    objects, changes = audit["it-trail"].inputs["advancedEventSelectors"]
    assert objects["fieldSelectors"][1:] == [
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {
            "field": "resources.ARN",
            "startsWiths": ["arn:aws:s3:::raw/", "arn:aws:s3:::features/"],
        },
    ]
    assert {"field": "readOnly", "equals": ["false"]} in changes["fieldSelectors"]


def test_a_trail_is_encrypted_validated_and_searchable(audit: ResourceGraph) -> None:
    trail = audit["it-trail"].inputs
    assert trail["kmsKeyId"] == KEY
    assert trail["enableLogFileValidation"] is True
    assert trail["cloudWatchLogsGroupArn"].endswith(":*")
    assert {audit["it-policy"].urn, audit["it-records-policy"].urn} <= {
        *audit["it-trail"].dependencies
    }


def test_cloudtrail_delivers_this_trail_and_no_other(audit: ResourceGraph) -> None:
    statements = json.loads(audit["it-records-policy"].inputs["policy"])["Statement"]
    of_trail = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/test"
    allowed = [one for one in statements if one["Effect"] == "Allow"]
    assert {one["Action"][0] for one in allowed} == {"s3:GetBucketAcl", "s3:PutObject"}
    for one in allowed:
        assert one["Condition"]["StringEquals"]["aws:SourceArn"] == of_trail


def test_access_to_the_records_is_logged_and_the_records_expire(audit: ResourceGraph) -> None:
    assert audit["it-records-logging"].inputs["targetBucket"] == "logs"
    rules = audit["it-records-lifecycle"].inputs["rules"]
    assert [rule["expiration"]["days"] for rule in rules if "expiration" in rule] == [731]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"buckets": []}, "buckets must name one bucket or more, got none"),
        ({"force_destroy": True}, "force_destroy must be false with deletion_protection, got true"),
    ],
)
def test_a_trail_of_nothing_or_one_that_empties_itself_is_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        args(AuditTrail, **change)
