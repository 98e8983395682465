"""Amazon EC2: the endpoints through which a VPC reaches AWS's services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import StructureShape

from infra.resources._ec2 import Ec2Row
from infra.resources._waiting import wait_until_gone, wait_until_settled
from infra.resources.handler import Clients, Created, Properties

_MEMBERS: Final = {
    "routeTableIds": "RouteTableIds",
    "securityGroupIds": "SecurityGroupIds",
    "subnetIds": "SubnetIds",
}


class _Endpoint(Ec2Row):
    """``aws:ec2/vpcEndpoint:VpcEndpoint``, a gateway or an interface."""

    def read_shape(self) -> StructureShape:
        """Return the shape of creation, in whose words :meth:`described` tells it."""
        return self.shape(self.create_op)

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the endpoint; ``None`` for one that EC2 shows for a while after its end."""
        held = super().described(aws, outputs)
        if held is None or str(held["State"]).lower() in {"deleting", "deleted"}:
            return None
        groups = [group["GroupId"] for group in held.get("Groups", [])]
        return {**held, "SecurityGroupIds": groups}

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Tag it, and wait until it carries traffic."""
        super().after_create(aws, created, inputs)
        wait_until_settled(
            lambda: super(_Endpoint, self).described(aws, created.outputs),
            status="State",
            passing={"pending", "Pending"},
            good={"available", "Available"},
            operation="CreateVpcEndpoint",
        )

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the list of addresses that a gateway's routes and rules name."""
        if held.get("VpcEndpointType") == "Gateway":
            wanted = [{"Name": "prefix-list-name", "Values": [held["ServiceName"]]}]
            lists = self.call(aws, "DescribePrefixLists", {"Filters": wanted})["PrefixLists"]
            named = (one for one in lists if one["PrefixListName"] == held["ServiceName"])
            outputs["prefixListId"] = next(named)["PrefixListId"]
        return super().finish(aws, outputs, held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change what goes with it: policy, DNS, subnets, groups, route tables."""
        change: dict[str, Any] = {}
        if new.get("policy") and old.get("policy") != new["policy"]:
            change["PolicyDocument"] = new["policy"]
        if old.get("privateDnsEnabled") != new.get("privateDnsEnabled"):
            change["PrivateDnsEnabled"] = bool(new.get("privateDnsEnabled"))
        for key, member in _MEMBERS.items():
            before, after = set(old.get(key) or ()), set(new.get(key) or ())
            change |= {f"Add{member}": sorted(after - before)} if after - before else {}
            change |= {f"Remove{member}": sorted(before - after)} if before - after else {}
        if change:
            self.call(aws, "ModifyVpcEndpoint", {"VpcEndpointId": resource_id, **change})
        return super().update(aws, resource_id, old, new)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete it and wait: subnets and groups cannot go before it."""
        super().delete(aws, resource_id, outputs)
        wait_until_gone(lambda: self.read(aws, resource_id, outputs), operation=self.delete_op)

    def _key(self, outputs: Properties) -> dict[str, Any]:
        return {"VpcEndpointIds": [outputs["id"]]}


TYPES: Final = (
    _Endpoint(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        source="internal/service/ec2/vpc_endpoint.go",
        arn_kind="vpc-endpoint",
        create_op="CreateVpcEndpoint",
        read_op="DescribeVpcEndpoints",
        read_path="VpcEndpoints[0]",
        ids="VpcEndpointIds",
        delete_op="DeleteVpcEndpoints",
        key={},
        id="id",
        computed={"id": "VpcEndpoint.VpcEndpointId || VpcEndpointId"},
        renames={"policy": "PolicyDocument"},
        defaults={"vpcEndpointType": "Gateway"},
        required=("vpcId",),
        replace_on=frozenset(
            {
                "resourceConfigurationArn",
                "serviceName",
                "serviceNetworkArn",
                "serviceRegion",
                "vpcEndpointType",
                "vpcId",
            }
        ),
        gone=frozenset({"InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"}),
    ),
)
