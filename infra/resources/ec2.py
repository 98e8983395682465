"""Amazon EC2: networks, their subnets, routes and flow logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.graph.model import UNKNOWN
from infra.resources._ec2 import Ec2Row
from infra.resources.handler import Clients, Created, Properties

_VPC_ATTRIBUTES: Final = {
    "enableDnsSupport": "EnableDnsSupport",
    "enableDnsHostnames": "EnableDnsHostnames",
}


class _Vpc(Ec2Row):
    """``aws:ec2/vpc:Vpc``: DNS is an attribute with operations of its own."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation and the attributes."""
        yield from super().requests(inputs)
        for key, attribute in _VPC_ATTRIBUTES.items():
            yield "ModifyVpcAttribute", {"VpcId": UNKNOWN, attribute: {"Value": inputs[key]}}

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Set what differs from EC2's defaults, then tag."""
        self._set(aws, created.id, {"enableDnsSupport": True, "enableDnsHostnames": False}, inputs)
        super().after_create(aws, created, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Set the attributes that changed, then tag."""
        self._set(aws, resource_id, old, new)
        return super().update(aws, resource_id, old, new)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the attributes."""
        for key, attribute in _VPC_ATTRIBUTES.items():
            asked = {"VpcId": held["VpcId"], "Attribute": attribute[0].lower() + attribute[1:]}
            answer = self.call(aws, "DescribeVpcAttribute", asked)
            outputs[key] = answer[attribute]["Value"]
        return super().finish(aws, outputs, held)

    def _set(self, aws: Clients, vpc_id: str, old: Properties, new: Properties) -> None:
        for key, attribute in _VPC_ATTRIBUTES.items():  # EC2 takes one at a time
            if old.get(key) != new.get(key):
                wanted = {"VpcId": vpc_id, attribute: {"Value": new[key]}}
                self.call(aws, "ModifyVpcAttribute", wanted)


class _Subnet(Ec2Row):
    """``aws:ec2/subnet:Subnet``."""

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Say whether what starts in it gets a public address, then tag."""
        self._set(aws, created.id, {"mapPublicIpOnLaunch": False}, inputs)
        super().after_create(aws, created, inputs)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change the attribute and the tags; nothing else of a subnet can."""
        self._set(aws, resource_id, old, new)
        return super().update(aws, resource_id, old, new)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add the attribute."""
        outputs["mapPublicIpOnLaunch"] = held["MapPublicIpOnLaunch"]
        return super().finish(aws, outputs, held)

    def _set(self, aws: Clients, subnet_id: str, old: Properties, new: Properties) -> None:
        public = new.get("mapPublicIpOnLaunch", False)
        if old.get("mapPublicIpOnLaunch", False) != public:
            wanted = {"SubnetId": subnet_id, "MapPublicIpOnLaunch": {"Value": public}}
            self.call(aws, "ModifySubnetAttribute", wanted)


class _Association(Ec2Row):
    """``aws:ec2/routeTableAssociation:RouteTableAssociation``, found by its subnet.

    Another route table gives the association another id; a subnet has only one.
    """

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the association among those of its route table."""
        of_subnet = [{"Name": "association.subnet-id", "Values": [outputs["subnetId"]]}]
        tables = self.call(aws, "DescribeRouteTables", {"Filters": of_subnet})["RouteTables"]
        return next(
            (
                one
                for table in tables
                for one in table["Associations"]
                if one.get("SubnetId") == outputs["subnetId"]
            ),
            None,
        )

    def finish(
        self,
        aws: Clients,  # noqa: ARG002 - the protocol
        outputs: dict[str, Any],
        held: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Add nothing: an association has neither ARN nor tags."""
        return {**outputs, **self._computed(held)}

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Move the subnet to another route table."""
        held = self.described(aws, old) or {}
        wanted = {
            "AssociationId": held.get("RouteTableAssociationId", resource_id),
            "RouteTableId": new["routeTableId"],
        }
        self.call(aws, "ReplaceRouteTableAssociation", wanted)
        return self.read(aws, resource_id, new) or Created(id=resource_id, outputs=dict(new))

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Leave the subnet to the VPC's main route table."""
        if held := self.described(aws, outputs):
            super().delete(aws, resource_id, {"id": held["RouteTableAssociationId"]})


class _FlowLog(Ec2Row):
    """``aws:ec2/flowLog:FlowLog`` of a VPC."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the call's parameters: what is watched is a list of one."""
        watched = {"ResourceIds": [inputs["vpcId"]], "ResourceType": "VPC"}
        return {**super().parameters(operation_name, inputs), **watched}

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the flow log; EC2 tells a log group by its name, declared is its ARN."""
        held = super().described(aws, outputs)
        if held is None or held.get("LogDestination") or not held.get("LogGroupName"):
            return held
        logs = f"arn:aws:logs:{aws.region}:{aws.account_id}:log-group:{held['LogGroupName']}"
        return {**held, "LogDestination": logs}

    def _key(self, outputs: Properties) -> dict[str, Any]:
        return {"FlowLogIds": [outputs["id"]]}


TYPES: Final = (
    _Vpc(
        token="aws:ec2/vpc:Vpc",
        source="internal/service/ec2/vpc_.go",
        arn_kind="vpc",
        create_op="CreateVpc",
        read_op="DescribeVpcs",
        read_path="Vpcs[0]",
        ids="VpcIds",
        delete_op="DeleteVpc",
        key={"VpcId": "id"},
        id="id",
        computed={"id": "Vpc.VpcId || VpcId"},
        defaults={
            "enableDnsSupport": True,
            "enableDnsHostnames": False,
            "instanceTenancy": "default",
        },
        extra=frozenset(_VPC_ATTRIBUTES),
        replace_on=frozenset(
            {"cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"}
        ),
        gone=frozenset({"InvalidVpcID.NotFound"}),
    ),
    _Subnet(
        token="aws:ec2/subnet:Subnet",
        source="internal/service/ec2/vpc_subnet.go",
        arn_kind="subnet",
        create_op="CreateSubnet",
        read_op="DescribeSubnets",
        read_path="Subnets[0]",
        ids="SubnetIds",
        delete_op="DeleteSubnet",
        key={"SubnetId": "id"},
        id="id",
        computed={"id": "Subnet.SubnetId || SubnetId"},
        defaults={"mapPublicIpOnLaunch": False},
        extra=frozenset({"mapPublicIpOnLaunch"}),
        required=("vpcId",),
        replace_on=frozenset(
            {
                "availabilityZone",
                "availabilityZoneId",
                "cidrBlock",
                "ipv4IpamPoolId",
                "ipv4NetmaskLength",
                "ipv6IpamPoolId",
                "ipv6Native",
                "ipv6NetmaskLength",
                "outpostArn",
                "vpcId",
            }
        ),
        gone=frozenset({"InvalidSubnetID.NotFound"}),
    ),
    Ec2Row(
        token="aws:ec2/routeTable:RouteTable",
        source="internal/service/ec2/vpc_route_table.go",
        arn_kind="route-table",
        create_op="CreateRouteTable",
        read_op="DescribeRouteTables",
        read_path="RouteTables[0]",
        ids="RouteTableIds",
        delete_op="DeleteRouteTable",
        key={"RouteTableId": "id"},
        id="id",
        computed={"id": "RouteTable.RouteTableId || RouteTableId"},
        required=("vpcId",),
        replace_on=frozenset({"vpcId"}),
        gone=frozenset({"InvalidRouteTableID.NotFound"}),
    ),
    _Association(
        token="aws:ec2/routeTableAssociation:RouteTableAssociation",
        source="internal/service/ec2/vpc_route_table_association.go",
        arn_kind="",
        create_op="AssociateRouteTable",
        read_op="DescribeRouteTables",
        read_path="RouteTables[0].Associations[0]",
        ids="RouteTableIds",
        delete_op="DisassociateRouteTable",
        key={"AssociationId": "id"},
        id="id",
        computed={"id": "AssociationId || RouteTableAssociationId"},
        required=("routeTableId", "subnetId"),
        replace_on=frozenset({"gatewayId", "subnetId"}),
        gone=frozenset({"InvalidAssociationID.NotFound"}),
        tagging=None,
    ),
    _FlowLog(
        token="aws:ec2/flowLog:FlowLog",
        source="internal/service/ec2/vpc_flow_log.go",
        arn_kind="vpc-flow-log",
        create_op="CreateFlowLogs",
        read_op="DescribeFlowLogs",
        read_path="FlowLogs[0]",
        ids="FlowLogIds",
        delete_op="DeleteFlowLogs",
        key={},
        id="id",
        computed={"id": "FlowLogIds[0] || FlowLogId"},
        renames={"iamRoleArn": "DeliverLogsPermissionArn"},
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        extra=frozenset({"vpcId"}),
        required=("vpcId", "trafficType"),
        replace_on=frozenset(
            {
                "deliverCrossAccountRole",
                "destinationOptions",
                "iamRoleArn",
                "logDestination",
                "logDestinationType",
                "logFormat",
                "maxAggregationInterval",
                "trafficType",
                "vpcId",
            }
        ),
        gone=frozenset({"InvalidFlowLogId.NotFound"}),
    ),
)
