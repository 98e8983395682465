"""Amazon EC2: security groups and their rules, one resource each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.model import StructureShape

from infra.resources._ec2 import Ec2Row
from infra.resources._walk import service_model, to_aws
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName

_SOURCES: Final = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_IN_PERMISSION: Final = {
    "CidrIpv4": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "PrefixListId": ("PrefixListIds", "PrefixListId"),
    "ReferencedGroupId": ("UserIdGroupPairs", "GroupId"),
}
_GONE: Final = frozenset(
    {
        "InvalidGroup.NotFound",
        "InvalidPermission.NotFound",
        "InvalidSecurityGroupRuleId.NotFound",
    }
)


class _Group(Ec2Row):
    """``aws:ec2/securityGroup:SecurityGroup``, without the rule that EC2 gives a new one.

    Rules are resources of their own here; inline ones are refused.
    """

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Take back the permission to send anything anywhere, then tag."""
        _close(aws, created.id)
        super().after_create(aws, created, inputs)


class _DefaultGroup(Ec2Row):
    """``aws:ec2/defaultSecurityGroup:DefaultSecurityGroup``: taken over, emptied, left behind."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the tagging: nothing is created."""
        yield from self._tag_requests(inputs)

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Find the VPC's default group and take its rules from it.

        Raises:
            InputError: there is no such VPC.
        """
        filters = [
            {"Name": "vpc-id", "Values": [inputs["vpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
        found = self.call(aws, "DescribeSecurityGroups", {"Filters": filters})["SecurityGroups"]
        if not found:
            raise InputError(f"{self.token}: vpcId must be a VPC's, got {inputs['vpcId']!r}")
        created = self.created(inputs, found[0])
        _close(aws, created.id)
        self.after_create(aws, created, inputs)
        return self.read(aws, created.id, created.outputs) or created

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Leave it: EC2 deletes it with its VPC."""


@dataclass(frozen=True, kw_only=True)
class _Rule(Ec2Row):
    """``aws:vpc/securityGroup{Ingress,Egress}Rule``: one source or target of one group."""

    direction: str

    def check_names(self, inputs: Properties) -> None:
        """Refuse more than one source, or none.

        Raises:
            InputError: see above, or a property is unknown.
        """
        super().check_names(inputs)
        if len(given := [key for key in _SOURCES if key in inputs]) != 1:
            raise InputError(f"one of {_SOURCES} must be given, got {given}")

    def shape(self, operation_name: str) -> StructureShape:  # noqa: ARG002 - one shape for all
        """Return the shape that EC2 has for one rule, which no operation but the update takes."""
        shape: Any = service_model("ec2").shape_for("SecurityGroupRuleRequest")
        return shape  # type: ignore[no-any-return]  # botocore leaves its shapes untyped

    def read_shape(self) -> StructureShape:
        """Return the same shape."""
        return self.shape("")

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:  # noqa: ARG002 - one operation
        """Return the rule as the permission that EC2 takes when it makes one."""
        rule = to_aws(self.shape(""), inputs, self.renames)
        described = {"Description": rule["Description"]} if "Description" in rule else {}
        permission: dict[str, Any]
        permission = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
        for member, (ranges, named) in _IN_PERMISSION.items():
            if member in rule:
                permission[ranges] = [{named: rule[member], **described}]
        return {"GroupId": inputs["securityGroupId"], "IpPermissions": [permission]}

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the rule, its referenced group by its id alone."""
        held = super().described(aws, outputs)
        if held is None or "ReferencedGroupInfo" not in held:
            return held
        return {**held, "ReferencedGroupId": held["ReferencedGroupInfo"]["GroupId"]}

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change the rule in place, then its tags."""
        if self._beyond_tags(old, new):
            rule = to_aws(self.shape(""), new, self.renames)
            change = {"SecurityGroupRuleId": resource_id, "SecurityGroupRule": rule}
            wanted = {"GroupId": new["securityGroupId"], "SecurityGroupRules": [change]}
            self.call(aws, "ModifySecurityGroupRules", wanted)
        return super().update(aws, resource_id, old, new)

    def _key(self, outputs: Properties) -> dict[str, Any]:
        return {"GroupId": outputs["securityGroupId"], "SecurityGroupRuleIds": [outputs["id"]]}


def _close(aws: Clients, group_id: str) -> None:
    """Revoke every rule of a security group."""
    ec2 = aws("ec2")
    filters = [{"Name": "group-id", "Values": [group_id]}]
    pages = ec2.get_paginator("describe_security_group_rules").paginate(Filters=filters)
    rules = [rule for page in pages for rule in page["SecurityGroupRules"]]
    for outward, revoke in (
        (True, ec2.revoke_security_group_egress),
        (False, ec2.revoke_security_group_ingress),
    ):
        ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is outward]
        if ids:
            revoke(GroupId=group_id, SecurityGroupRuleIds=ids)


def _rule(direction: str) -> _Rule:
    return _Rule(
        token=f"aws:vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule",
        source="internal/service/ec2/vpc_security_group_ingress_rule.go",
        direction=direction,
        arn_kind="security-group-rule",
        create_op=f"AuthorizeSecurityGroup{direction}",
        read_op="DescribeSecurityGroupRules",
        read_path="SecurityGroupRules[0]",
        ids="SecurityGroupRuleIds",
        delete_op=f"RevokeSecurityGroup{direction}",
        key={},
        id="id",
        computed={
            "id": "SecurityGroupRules[0].SecurityGroupRuleId || SecurityGroupRuleId",
            "securityGroupRuleId": "SecurityGroupRules[0].SecurityGroupRuleId"
            " || SecurityGroupRuleId",
        },
        renames={"referencedSecurityGroupId": "ReferencedGroupId"},
        extra=frozenset({"securityGroupId"}),
        required=("securityGroupId", "ipProtocol"),
        replace_on=frozenset({"securityGroupId"}),
        gone=_GONE,
    )


TYPES: Final = (
    _Group(
        token="aws:ec2/securityGroup:SecurityGroup",
        source="internal/service/ec2/vpc_security_group.go",
        arn_kind="security-group",
        create_op="CreateSecurityGroup",
        read_op="DescribeSecurityGroups",
        read_path="SecurityGroups[0]",
        ids="GroupIds",
        delete_op="DeleteSecurityGroup",
        key={"GroupId": "id"},
        id="id",
        autoname=AutoName("name", maximum=255),
        computed={"id": "GroupId"},
        renames={"name": "GroupName"},
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
        extra=frozenset({"revokeRulesOnDelete"}),
        replace_on=frozenset({"description", "name", "namePrefix", "vpcId"}),
        gone=_GONE,
    ),
    _DefaultGroup(
        token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        source="internal/service/ec2/vpc_default_security_group.go",
        arn_kind="security-group",
        create_op="CreateSecurityGroup",
        read_op="DescribeSecurityGroups",
        read_path="SecurityGroups[0]",
        ids="GroupIds",
        delete_op="DeleteSecurityGroup",
        key={"GroupId": "id"},
        id="id",
        computed={"id": "GroupId", "name": "GroupName"},
        required=("vpcId",),
        replace_on=frozenset({"vpcId"}),
        gone=_GONE,
    ),
    _rule("Ingress"),
    _rule("Egress"),
)
