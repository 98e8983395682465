"""A network with no way out but to the AWS services that are used."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components._iam import trust
from components._iam_network import endpoint, flow_logs, object_store
from components._place import here
from components._tags import stamp

MIN_ZONES: Final = 2
MAX_ZONES: Final = 3
LARGEST: Final = 16
"""Prefix length of the largest VPC that AWS makes."""
SMALLEST: Final = 24
"""Beyond it a zone has fewer than the 59 addresses that a few endpoints and jobs need."""
HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateNetworkArgs:
    """Inputs of :class:`PrivateNetwork`.

    Raises:
        ValueError: the range is not a network of a size in bounds, or the zones are not two or
            three different ones.
    """

    cidr: str
    """Range of addresses, ``10.20.0.0/16``; a change replaces the network and all within."""
    zones: Sequence[str]
    """Availability zones, two or three; named, since another choice would replace subnets."""
    services: Sequence[str]
    """Services reached through interface endpoints, in AWS's words: ``sagemaker.api``."""
    log_group_name: str
    """Log group of the flow logs."""
    key_arn: pulumi.Input[str]
    """Customer key of the flow logs; CloudWatch Logs must be allowed to use it."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    log_retention_days: int = 365

    def __post_init__(self) -> None:
        slices(self.cidr, len(self.zones))
        if not MIN_ZONES <= len(set(self.zones)) == len(self.zones) <= MAX_ZONES:
            raise ValueError(f"zones must be two or three different ones, got {list(self.zones)}")


class PrivateNetwork(pulumi.ComponentResource):
    """Private subnets, endpoints for S3, DynamoDB and the named services, and flow logs.

    There is neither internet gateway nor NAT: what runs here reaches this account's own resources
    through the endpoints, members of its own security group, and nothing else.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: Sequence[pulumi.Output[str]]
    """One for each zone, in their order; each stands with its routes."""
    security_group_id: pulumi.Output[str]
    """Group of what runs here: jobs, endpoints of models, functions."""

    def __init__(
        self, name: str, args: PrivateNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:PrivateNetwork", name, {}, opts)
        tags = stamp(args.tags, component=name)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private names of endpoints need both
            tags={**tags, "Name": f"{name}-vpc"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._log(name, args, vpc, tags)
        routes = aws.ec2.RouteTable(
            f"{name}-routes",
            vpc_id=vpc.id,
            tags={**tags, "Name": f"{name}-routes"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.vpc_id = vpc.id
        self.subnet_ids = self._subnets(name, args, vpc, routes, tags)
        gateways = self._gateways(name, args, vpc, routes, tags)
        workloads, doors = (
            aws.ec2.SecurityGroup(
                f"{name}-{role}",
                description=description,
                vpc_id=vpc.id,
                tags={**tags, "Name": f"{name}-{role}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for role, description in (
                ("workloads", "Jobs, model endpoints and functions"),
                ("endpoints", "Endpoints of AWS services"),
            )
        )
        self._rules(name, workloads, doors, gateways, tags)
        self._interfaces(name, args, vpc, doors, tags)
        self.security_group_id = workloads.id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": list(self.subnet_ids),
                "security_group_id": self.security_group_id,
            }
        )

    def _subnets(
        self,
        name: str,
        args: PrivateNetworkArgs,
        vpc: aws.ec2.Vpc,
        routes: aws.ec2.RouteTable,
        tags: Mapping[str, str],
    ) -> list[pulumi.Output[str]]:
        ids = []
        for zone, cidr in zip(args.zones, slices(args.cidr, len(args.zones)), strict=True):
            subnet = aws.ec2.Subnet(
                f"{name}-{zone}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=cidr,
                map_public_ip_on_launch=False,
                tags={**tags, "Name": f"{name}-{zone}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            routed = aws.ec2.RouteTableAssociation(
                f"{name}-{zone}-routes",
                route_table_id=routes.id,
                subnet_id=subnet.id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            ids.append(pulumi.Output.all(subnet.id, routed.id).apply(lambda both: str(both[0])))
        return ids

    def _gateways(
        self,
        name: str,
        args: PrivateNetworkArgs,
        vpc: aws.ec2.Vpc,
        routes: aws.ec2.RouteTable,
        tags: Mapping[str, str],
    ) -> dict[str, aws.ec2.VpcEndpoint]:
        images = "ecr.dkr" in args.services
        place = here()
        policies = {
            "s3": place.apply(lambda at: object_store(at, images=images)),
            "dynamodb": place.apply(endpoint),
        }
        return {
            service: aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=vpc.id,
                service_name=_service_name(service),
                vpc_endpoint_type="Gateway",
                route_table_ids=[routes.id],
                policy=policy,
                tags={**tags, "Name": f"{name}-{service}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service, policy in policies.items()
        }

    def _interfaces(
        self,
        name: str,
        args: PrivateNetworkArgs,
        vpc: aws.ec2.Vpc,
        doors: aws.ec2.SecurityGroup,
        tags: Mapping[str, str],
    ) -> None:
        place = here()
        for service in args.services:
            role = service.replace(".", "-")
            aws.ec2.VpcEndpoint(
                f"{name}-{role}",
                vpc_id=vpc.id,
                service_name=_service_name(service),
                vpc_endpoint_type="Interface",
                subnet_ids=list(self.subnet_ids),
                security_group_ids=[doors.id],
                private_dns_enabled=True,
                policy=place.apply(endpoint),
                tags={**tags, "Name": f"{name}-{role}"},
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _rules(
        self,
        name: str,
        workloads: aws.ec2.SecurityGroup,
        doors: aws.ec2.SecurityGroup,
        gateways: Mapping[str, aws.ec2.VpcEndpoint],
        tags: Mapping[str, str],
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        # The instances of one job talk to one another on ports of their choice.
        groups = {"members": (workloads.id, None), "endpoints": (doors.id, HTTPS)}
        for target, (group_id, port) in groups.items():
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-to-{target}",
                security_group_id=workloads.id,
                referenced_security_group_id=group_id,
                ip_protocol="-1" if port is None else "tcp",
                from_port=port,
                to_port=port,
                tags=tags,
                opts=child,
            )
        for service, gateway in gateways.items():
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-to-{service}",
                security_group_id=workloads.id,
                prefix_list_id=gateway.prefix_list_id,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                tags=tags,
                opts=child,
            )
        for target, (group_id, port) in groups.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-into-{target}",
                security_group_id=group_id,
                referenced_security_group_id=workloads.id,
                ip_protocol="-1" if port is None else "tcp",
                from_port=port,
                to_port=port,
                tags=tags,
                opts=child,
            )

    def _log(
        self, name: str, args: PrivateNetworkArgs, vpc: aws.ec2.Vpc, tags: Mapping[str, str]
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-flow-logs",
            name=args.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            tags=tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-flow-role",
            assume_role_policy=here().apply(lambda at: trust("vpc-flow-logs.amazonaws.com", at)),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-flow-policy", role=role.name, policy=logs.arn.apply(flow_logs), opts=child
        )
        aws.ec2.FlowLog(
            f"{name}-flows",
            vpc_id=vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def _service_name(service: str) -> pulumi.Output[str]:
    return here().apply(lambda at: f"com.amazonaws.{at.region}.{service}")


def slices(cidr: str, count: int) -> list[str]:
    """Return ``count`` quarters of a range, one for each zone.

    Raises:
        ValueError: the range is no IPv4 network, or its size is out of bounds.
    """
    network = ipaddress.IPv4Network(cidr)
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise ValueError(f"cidr must be of size /{LARGEST} to /{SMALLEST}, got {cidr}")
    return [str(part) for part in network.subnets(prefixlen_diff=2)][:count]
