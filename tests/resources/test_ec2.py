"""Networks: VPC, subnets, routes, security groups, endpoints, flow logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.resources import ec2, ec2_endpoints, ec2_groups
from infra.resources.clients import EndpointClients
from infra.resources.handler import InputError
from tests.resources.types import Standing, assert_lives, of, stand

VPC = of(ec2.TYPES, "aws:ec2/vpc:Vpc")
SUBNET = of(ec2.TYPES, "aws:ec2/subnet:Subnet")
ROUTES = of(ec2.TYPES, "aws:ec2/routeTable:RouteTable")
ASSOCIATION = of(ec2.TYPES, "aws:ec2/routeTableAssociation:RouteTableAssociation")
FLOW_LOG = of(ec2.TYPES, "aws:ec2/flowLog:FlowLog")
GROUP = of(ec2_groups.TYPES, "aws:ec2/securityGroup:SecurityGroup")
DEFAULT = of(ec2_groups.TYPES, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
INGRESS = of(ec2_groups.TYPES, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
EGRESS = of(ec2_groups.TYPES, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
ENDPOINT = of(ec2_endpoints.TYPES, "aws:ec2/vpcEndpoint:VpcEndpoint")
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def vpc(aws: EndpointClients) -> Standing:
    return stand(VPC, aws, "net", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True})


def subnet(aws: EndpointClients, vpc: Standing, third: int) -> Standing:
    inputs = {
        "vpcId": vpc.id,
        "cidrBlock": f"10.0.{third}.0/24",
        "availabilityZone": "us-east-1a",
        "tags": {"a": "b"},
    }
    return stand(SUBNET, aws, "subnet", inputs)


def group(aws: EndpointClients, vpc: Standing, name: str) -> Standing:
    inputs = {"vpcId": vpc.id, "description": "of a test", "tags": {"a": "b"}}
    return stand(GROUP, aws, name, inputs)


def rules(aws: EndpointClients, group_id: str) -> list[dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [group_id]}]
    answer = aws("ec2").describe_security_group_rules(Filters=filters)
    found: list[dict[str, Any]] = answer["SecurityGroupRules"]
    return found


def test_a_vpc_has_the_dns_that_it_was_declared_with(aws: EndpointClients) -> None:
    declared = {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": True, "tags": {"a": "b"}}
    standing = stand(VPC, aws, "vpc", declared)
    assert standing.outputs["arn"].endswith(f":vpc/{standing.id}")
    changed = standing.changed(enableDnsHostnames=False, tags={"c": "d"})
    assert changed.id == standing.id
    assert_lives(changed)


def test_a_subnet_gives_no_public_address_unless_told(aws: EndpointClients, vpc: Standing) -> None:
    standing = subnet(aws, vpc, 1)
    assert standing.outputs["mapPublicIpOnLaunch"] is False
    changed = standing.changed(mapPublicIpOnLaunch=True, tags={"c": "d"})
    assert_lives(changed)


def test_a_subnet_moves_from_one_route_table_to_another(
    aws: EndpointClients, vpc: Standing
) -> None:
    one, two = (stand(ROUTES, aws, "routes", {"vpcId": vpc.id, "tags": {"a": "b"}}) for _ in "12")
    inside = subnet(aws, vpc, 2)
    inputs = {"routeTableId": one.id, "subnetId": inside.id}
    association = stand(ASSOCIATION, aws, "association", inputs).changed(routeTableId=two.id)
    assert_lives(association)
    for standing in (one, two, inside):
        assert_lives(standing)


def test_a_security_group_begins_closed(aws: EndpointClients, vpc: Standing) -> None:
    standing = group(aws, vpc, "closed")
    assert rules(aws, standing.id) == []
    assert_lives(standing.changed(tags={"c": "d"}))


def test_a_default_group_is_emptied_and_stays_with_its_vpc(aws: EndpointClients) -> None:
    own = stand(VPC, aws, "own", {"cidrBlock": "10.8.0.0/16"})
    standing = stand(DEFAULT, aws, "default", {"vpcId": own.id, "tags": {"a": "b"}})
    assert rules(aws, standing.id) == []
    standing.delete()
    assert standing.read() is not None, "EC2 keeps it until its VPC goes"
    assert_lives(own)


@pytest.mark.parametrize(("kind", "outward"), [(INGRESS, False), (EGRESS, True)])
def test_a_rule_names_another_group_and_changes_in_place(
    aws: EndpointClients,
    vpc: Standing,
    kind: Any,
    outward: bool,  # noqa: FBT001
) -> None:
    here, there = (group(aws, vpc, name) for name in ("here", "there"))
    inputs = {
        "securityGroupId": here.id,
        "referencedSecurityGroupId": there.id,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "tags": {"a": "b"},
    }
    standing = stand(kind, aws, "rule", inputs)
    (held,) = rules(aws, here.id)
    assert held["IsEgress"] is outward
    changed = standing.changed(fromPort=8443, toPort=8443, tags={"c": "d"})
    assert changed.id == standing.id
    assert_lives(changed)
    assert rules(aws, here.id) == []
    for one in (here, there):
        assert_lives(one)


@pytest.mark.parametrize("sources", [{}, {"cidrIpv4": "10.0.0.0/8", "prefixListId": "pl-1"}])
def test_a_rule_has_one_source(sources: dict[str, str]) -> None:
    inputs = {"securityGroupId": "sg-1", "ipProtocol": "tcp", **sources}
    with pytest.raises(InputError, match=r"one of .* must be given, got"):
        INGRESS.check("rule", inputs)


def test_a_gateway_tells_the_prefix_list_that_rules_name(
    aws: EndpointClients, vpc: Standing
) -> None:
    routes = stand(ROUTES, aws, "routes", {"vpcId": vpc.id})
    inputs = {
        "vpcId": vpc.id,
        "serviceName": "com.amazonaws.us-east-1.s3",
        "routeTableIds": [routes.id],
        "policy": POLICY,
        "tags": {"a": "b"},
    }
    standing = stand(ENDPOINT, aws, "s3", inputs)
    assert standing.outputs["prefixListId"].startswith("pl-")
    assert_lives(standing, twice=False)


def test_an_interface_takes_another_policy_in_place(aws: EndpointClients, vpc: Standing) -> None:
    inputs = {
        "vpcId": vpc.id,
        "serviceName": "com.amazonaws.us-east-1.sagemaker.api",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": [subnet(aws, vpc, 3).id],
        "securityGroupIds": [group(aws, vpc, "endpoints").id],
        "policy": POLICY,
        "tags": {"a": "b"},
    }
    standing = stand(ENDPOINT, aws, "api", inputs)
    other = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})
    changed = standing.changed(policy=other, tags={"c": "d"})
    assert changed.outputs["policy"] == other
    assert_lives(changed, twice=False)


def test_a_flow_log_goes_to_its_log_group(
    aws: EndpointClients, vpc: Standing, role_arn: str
) -> None:
    aws("logs").create_log_group(logGroupName="/flows")
    inputs = {
        "vpcId": vpc.id,
        "trafficType": "ALL",
        "logDestination": "arn:aws:logs:us-east-1:123456789012:log-group:/flows",
        "iamRoleArn": role_arn,
        "tags": {"a": "b"},
    }
    standing = stand(FLOW_LOG, aws, "flows", inputs)
    assert_lives(standing.changed(tags={"c": "d"}))
