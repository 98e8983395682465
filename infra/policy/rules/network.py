"""Networks and what they let in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from infra.policy.ask import beside, each, get, is_false, is_set, known, must, one_of
from infra.policy.model import Check, Problem, Resource, Rule, Stack

VPC: Final = ("aws:ec2/vpc:Vpc",)
INGRESS: Final = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
ADMINISTRATION: Final = (22, 3389)


def _empty(one: Resource, _: Stack) -> Iterator[Problem]:
    for key in ("ingress", "egress"):
        if is_set(get(one.props, key)):
            yield Problem(what=f"{key} must be empty", found=get(one.props, key), at=key)


def _entries(one: Resource) -> Sequence[Any]:
    if "ingress" in one.props:
        return each(one.props["ingress"])
    if one.type == INGRESS[2] and one.props.get("type") != "ingress":
        return ()
    return () if one.type in {INGRESS[1], INGRESS[3]} else (one.props,)


def _from(entry: Any, everywhere: str) -> bool:
    keys = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks")
    return any(everywhere == block for key in keys for block in each(get(entry, key)))


def _open(*everywhere: str, ports: tuple[int, ...] = ()) -> Check:
    """Return a check of who may come in; with ``ports``, to these alone."""

    def check(one: Resource, _: Stack) -> Iterator[Problem]:
        for entry in _entries(one):
            found = [block for block in everywhere if _from(entry, block)]
            if found and (not ports or any(_reaches(entry, port) for port in ports)):
                ports_of = [get(entry, key) for key in ("fromPort", "toPort")]
                at = " ".join(
                    map(str, (get(entry, "ipProtocol") or get(entry, "protocol"), *ports_of))
                )
                yield Problem(what="what comes in must be from named addresses", found=found, at=at)

    return check


def _reaches(entry: Any, port: int) -> bool:
    protocol = str(known(get(entry, "ipProtocol") or get(entry, "protocol"))).lower()
    low, high = known(get(entry, "fromPort")), known(get(entry, "toPort"))
    if protocol in {"-1", "all"} or low is None or high is None:
        return True
    return protocol in {"tcp", "6", "udp", "17"} and int(low) <= port <= int(high)


CLOSE: Final = "Name the addresses, or the security group that may come in"
RULES: Final = (
    Rule(
        id="EC2.2",
        title="The default security group of a network lets nothing through",
        types=VPC,
        check=beside(
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            "vpcId",
            "the default security group must be taken over",
            _empty,
        ),
        remedy="Declare a DefaultSecurityGroup without ingress and egress",
        also=("CKV2_AWS_12", "CIS 6.5"),
        beside=True,
    ),
    Rule(
        id="EC2.6",
        title="What flows in a network is logged",
        types=VPC,
        check=beside(
            "aws:ec2/flowLog:FlowLog",
            "vpcId",
            "flow logs must be declared",
            must("trafficType", one_of("ALL", "REJECT"), "ALL or REJECT"),
        ),
        remedy="Declare a FlowLog",
        also=("CKV2_AWS_11", "AwsSolutions-VPC7", "CIS 4.7"),
        beside=True,
    ),
    Rule(
        id="EC2.15",
        title="Subnets give out no public addresses",
        types=("aws:ec2/subnet:Subnet",),
        check=must("mapPublicIpOnLaunch", is_false, "false"),
        remedy="Leave mapPublicIpOnLaunch out",
        also=("CKV_AWS_130",),
    ),
    Rule(
        id="CIS 6.3",
        title="Nobody on the internet reaches ports of administration by IPv4",
        types=INGRESS,
        check=_open("0.0.0.0/0", ports=ADMINISTRATION),
        remedy=CLOSE,
    ),
    Rule(
        id="CIS 6.4",
        title="Nobody on the internet reaches ports of administration by IPv6",
        types=INGRESS,
        check=_open("::/0", ports=ADMINISTRATION),
        remedy=CLOSE,
    ),
    Rule(
        id="AwsSolutions-EC23",
        title="Nobody on the internet comes in",
        types=INGRESS,
        check=_open("0.0.0.0/0", "::/0"),
        remedy=CLOSE,
    ),
)
