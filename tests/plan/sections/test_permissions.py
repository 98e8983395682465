"""Who gains and loses what, on policies as stacks have them and on any others."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.plan._grants import Grant
from infra.plan._policies import covers
from infra.plan.permissions import Permissions, PrincipalChange, compare
from infra.plan.render.permissions import markdown
from tests.plan.sections import support

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::raw/*"}
TRUST = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(**inputs: Any) -> dict[str, Any]:
    return {"type": "aws:iam/role:Role", "name": "worker", "inputs": {"name": "worker-1", **inputs}}


def stack(*statements: Mapping[str, Any], **inputs: Any) -> dict[str, Any]:
    """Return a role with one policy of these statements."""
    return {
        "role": role(**inputs),
        "policy": {
            "type": "aws:iam/rolePolicy:RolePolicy",
            "name": "worker-policy",
            "inputs": {"role": "worker-1", "policy": policy(*statements)},
        },
    }


def only(section: Permissions) -> PrincipalChange:
    [one] = section.principals
    return one


def said(grants: Iterable[Grant]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(one.actions, one.resources) for one in grants]


def test_a_permission_gained_is_told_with_action_and_resource() -> None:
    put = {**ALLOW, "Action": "s3:PutObject"}
    one = only(compare(stack(ALLOW), stack(ALLOW, put)))
    assert (one.name, one.lost) == ("worker", ())
    assert said(one.gained) == [(("s3:PutObject",), ("arn:aws:s3:::raw/*",))]
    assert only(compare(stack(ALLOW, put), stack(ALLOW))).lost == one.gained


@pytest.mark.parametrize(
    "same",
    [
        [{**ALLOW, "Sid": "Other"}],
        [{**ALLOW, "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::raw/*"]}],
        [{**ALLOW, "Action": "S3:getobject"}],
        [ALLOW, ALLOW],
        [ALLOW, {**ALLOW, "Resource": "arn:aws:s3:::raw/part/*"}],
        [ALLOW, {**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}],
    ],
)
def test_what_permits_the_same_is_no_change(same: list[dict[str, Any]]) -> None:
    section = compare(stack(ALLOW), stack(*same))
    assert (
        not any(one.gained or one.lost for one in section.principals)
        or said(only(section).gained) == []
    )


def test_order_splitting_and_merging_are_no_change() -> None:
    actions, resources = ["a:x", "a:y"], ["arn:aws:a:::1", "arn:aws:a:::2"]
    merged = {"Effect": "Allow", "Action": actions, "Resource": resources}
    split = [
        {"Effect": "Allow", "Action": action, "Resource": resource, "Sid": f"S{number}"}
        for number, (action, resource) in enumerate(product(actions, resources))
    ]
    assert not compare(stack(merged), stack(*reversed(split)))
    assert not compare(stack(*split), stack(merged))


def test_a_statement_that_moves_between_a_principal_s_policies_is_no_change() -> None:
    inline = {"role": role(inlinePolicies=[{"name": "x", "policy": policy(ALLOW)}])}
    managed = {
        "role": role(),
        "policy": {
            "type": "aws:iam/policy:Policy",
            "name": "shared",
            "inputs": {"name": "shared-1", "policy": policy(ALLOW)},
        },
        "attachment": {
            "type": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "name": "worker-shared",
            "inputs": {"role": "worker-1", "policyArn": "arn:aws:iam::1:policy/shared-1"},
        },
    }
    assert not compare(stack(ALLOW), inline)
    assert not compare(stack(ALLOW), managed)
    detached = {key: one for key, one in managed.items() if key != "attachment"}
    assert said(only(compare(managed, detached)).lost) == [
        (("s3:GetObject",), ("arn:aws:s3:::raw/*",))
    ]


def test_a_narrower_action_is_a_loss_and_no_gain() -> None:
    one = only(compare(stack({**ALLOW, "Action": "s3:*"}), stack(ALLOW)))
    assert one.gained == ()
    assert [(grant.actions, grant.wildcards) for grant in one.lost] == [(("s3:*",), ("action",))]


def test_a_dropped_condition_is_a_gain() -> None:
    limited = {**ALLOW, "Condition": {"StringEquals": {"aws:ResourceAccount": ["2", "1"]}}}
    reordered = {**ALLOW, "Condition": {"StringEquals": {"AWS:resourceaccount": ["1", "2"]}}}
    assert not compare(stack(limited), stack(reordered))
    one = only(compare(stack(limited), stack(ALLOW)))
    assert [grant.condition for grant in one.gained] == [None]
    assert one.lost == ()


def test_negations_are_told_as_they_are() -> None:
    head = {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "NotResource": "arn:aws:s3:::x"}
    [grant] = only(compare(stack(ALLOW), stack(ALLOW, head))).gained
    assert (grant.not_actions, grant.not_resources) == (True, True)
    assert grant.actions == ("iam:*", "sts:*")
    assert grant.wildcards == ("action", "resource")
    more = {**head, "NotAction": ["iam:*", "sts:*", "kms:*"]}
    one = only(compare(stack(head), stack(more)))
    assert (one.gained, len(one.lost)) == ((), 1)


def test_a_denial_gained_is_told_as_one() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    one = only(compare(stack(ALLOW), stack(ALLOW, deny)))
    assert [grant.effect for grant in one.gained] == ["Deny"]
    assert "- is denied now `s3:*` on `*`" in markdown(compare(stack(ALLOW), stack(ALLOW, deny)))
    assert "- is no longer denied" in markdown(compare(stack(ALLOW, deny), stack(ALLOW)))


def test_a_policy_of_aws_s_own_is_told_by_its_arn() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    one = only(compare(stack(ALLOW), stack(ALLOW, managedPolicyArns=[arn])))
    assert one.managed_gained == (arn,)


def test_trust_tells_who_may_assume_the_role() -> None:
    other = {**TRUST, "Principal": {"AWS": ["111122223333", "*"]}}
    base, head = stack(assumeRolePolicy=policy(TRUST)), stack(assumeRolePolicy=policy(other))
    one = only(compare(base, head))
    assert [grant.principals for grant in one.trust_lost] == [("service sagemaker.amazonaws.com",)]
    [gained] = one.trust_gained
    assert gained.principals == ("*",)  # an account of everyone is told as everyone
    assert gained.wildcards == ("principal",)
    account = {**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
    short = {**TRUST, "Principal": {"AWS": "111122223333"}}
    assert not compare(
        stack(assumeRolePolicy=policy(account)), stack(assumeRolePolicy=json.loads(policy(short)))
    )


def boundary(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "limit": {
            "type": "aws:iam/policy:Policy",
            "name": "limit",
            "inputs": {"name": "limit-1", "policy": policy(*statements)},
        }
    }


def test_a_boundary_that_widens_is_told_of_the_boundary_not_of_the_role() -> None:
    within = stack(ALLOW, permissionsBoundary="arn:aws:iam::1:policy/limit-1")
    wide = {**ALLOW, "Action": "s3:*"}
    section = compare(within | boundary(ALLOW), within | boundary(wide))
    [limit] = section.limits
    assert (limit.bounds, limit.widens, limit.narrows) == (("worker",), True, False)
    assert section.principals == ()
    [limit] = compare(within | boundary(wide), within | boundary(ALLOW)).limits
    assert (limit.widens, limit.narrows) == (False, True)


def test_a_boundary_that_goes_is_told() -> None:
    within = stack(ALLOW, permissionsBoundary="arn:aws:iam::1:policy/limit-1") | boundary(ALLOW)
    [change] = compare(within, stack(ALLOW) | boundary(ALLOW)).boundaries
    assert (change.old, change.new, change.principals) == ("limit", None, ("worker",))


RESOURCE_POLICIES = {
    "s3": ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "thing-1"}, "policy"),
    "kms": ("aws:kms/key:Key", {}, "policy"),
    "sns": ("aws:sns/topicPolicy:TopicPolicy", {"arn": "arn:aws:sns:r:1:thing-1"}, "policy"),
    "sqs": (
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": "https://thing-1.r.amazonaws.com"},
        "policy",
    ),
    "ecr": ("aws:ecr/repositoryPolicy:RepositoryPolicy", {"repository": "thing-1"}, "policy"),
    "sagemaker": (
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
        {"modelPackageGroupName": "thing-1"},
        "resourcePolicy",
    ),
    "apigateway": ("aws:apigateway/restApi:RestApi", {}, "policy"),
}


@pytest.mark.parametrize("service", RESOURCE_POLICIES)
def test_a_resource_s_own_policy_tells_whom_it_lets_in(service: str) -> None:
    token, inputs, key = RESOURCE_POLICIES[service]
    other = {"Effect": "Allow", "Principal": {"AWS": "2"}, "Action": "a:b", "Resource": "*"}

    def made(*statements: Mapping[str, Any]) -> dict[str, Any]:
        held = {**inputs, key: policy(*statements)}
        return {"urn": {"type": token, "name": "thing", "inputs": held}}

    section = compare(made(TRUST), made(TRUST, other))
    [change] = section.resources
    assert (change.service, change.name.removesuffix("-1")) == (service, "thing")
    assert [(one.principals, one.actions, one.wildcards) for one in change.gained] == [
        (("2",), ("a:b",), ())
    ]


def test_a_lambda_permission_is_a_statement_of_its_function() -> None:
    def made(**inputs: Any) -> dict[str, Any]:
        held = {"action": "lambda:InvokeFunction", "function": "f-1", **inputs}
        return {
            "function": {
                "type": "aws:lambda/function:Function",
                "name": "f",
                "inputs": {"name": "f-1"},
            },
            "permission": {
                "type": "aws:lambda/permission:Permission",
                "name": "p",
                "inputs": {"principal": "events.amazonaws.com", **held},
            },
        }

    section = compare(made(sourceArn="arn:aws:events:r:1:rule/x"), made())
    [change] = section.resources
    assert (change.service, change.name) == ("lambda", "f")
    assert [one.condition for one in change.gained] == [None]


def test_roles_come_and_go() -> None:
    added = compare({}, stack(ALLOW))
    assert (only(added).change, len(only(added).gained)) == ("added", 1)
    assert only(compare(stack(ALLOW), {})).change == "removed"


def test_a_policy_that_cannot_be_read_is_told_when_it_changes() -> None:
    base, head = stack(ALLOW), stack(ALLOW)
    base["policy"]["inputs"]["policy"] = '{"Statement": "?"}'
    head["policy"]["inputs"]["policy"] = "none"
    section = compare(base, head)
    assert section.unreadable == ("worker-policy",)
    assert not compare(base, base)
    assert "cannot be read" in markdown(section)


def test_a_stack_beside_itself_is_no_change(dev: dict[str, Any]) -> None:
    assert not compare(dev, copy.deepcopy(dev))
    whole = compare({}, dev)
    assert not whole.unreadable
    assert len(whole.principals) > 20
    assert len(whole.resources) > 20


def test_one_role_s_change_within_a_stack_is_one_principal(dev: dict[str, Any]) -> None:
    head = copy.deepcopy(dev)
    [one] = [r for r in head.values() if r["name"] == "flights-training-pipeline-policy"]
    document = json.loads(one["inputs"]["policy"])
    document["Statement"].append({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    one["inputs"] = {**one["inputs"], "policy": json.dumps(document)}
    change = only(compare(dev, head))
    assert change.name == "flights-training-pipeline-role"
    assert said(change.gained) == [(("iam:*",), ("*",))]
    written = markdown(compare(dev, head))
    assert written.splitlines()[0] == "**Permissions**: 1 principal gains, 1 gain with a wildcard"


def test_what_widens_comes_first_however_it_is_named() -> None:
    open_trust = {**TRUST, "Principal": {"AWS": "*"}}
    base = {
        **{f"r{n}": {**role(), "name": f"a{n}", "inputs": {"name": f"a{n}"}} for n in range(40)},
        "z": {**role(assumeRolePolicy=policy(TRUST)), "name": "z"},
    }
    inline = {
        f"p{n}": {
            "type": "aws:iam/rolePolicy:RolePolicy",
            "name": f"p{n}",
            "inputs": {
                "role": f"a{n}",
                "policy": policy({**ALLOW, "Resource": f"arn:aws:s3:::raw/gains-{n}"}),
            },
        }
        for n in range(40)
    }
    trusting = {"z": {**role(assumeRolePolicy=policy(TRUST, open_trust)), "name": "z"}}
    told = markdown(compare(base, {**base, **inline, **trusting})).splitlines()
    assert "1 gain with a wildcard" in told[0]
    assert told[2:4] == [
        "- role `z`",
        "  - may be assumed: `*`: `sts:AssumeRole` (**wildcard**: principal)",
    ]


def test_roles_that_gain_the_same_are_told_together() -> None:
    def made(*statements: Mapping[str, Any]) -> dict[str, Any]:
        trust = policy(*statements)
        return {
            name: {
                **role(assumeRolePolicy=trust),
                "name": name,
                "inputs": {"name": name, "assumeRolePolicy": trust},
            }
            for name in ("a", "b", "c")
        }

    told = markdown(
        compare(made(TRUST), made(TRUST, {**TRUST, "Principal": {"AWS": "111122223333"}}))
    )
    assert "- roles `a`, `b`, `c`\n  - may be assumed: " in told
    assert told.count("may be assumed") == 1


def test_a_denial_is_no_gain_and_an_end_of_one_no_loss() -> None:
    deny = {**ALLOW, "Effect": "Deny"}
    told = markdown(compare(stack(ALLOW), stack(ALLOW, deny))).splitlines()[0]
    assert told == "**Permissions**: 1 principal loses"
    told = markdown(compare(stack(ALLOW, deny), stack(ALLOW))).splitlines()[0]
    assert told == "**Permissions**: 1 principal gains"


def test_a_policy_of_nobody_that_comes_is_in_the_summary() -> None:
    alone = {"type": "aws:iam/policy:Policy", "name": "p", "inputs": {"policy": policy(ALLOW)}}
    told = markdown(compare({}, {"p": alone}))
    assert told.splitlines()[0] == "**Permissions**: 1 policy come or gone"
    assert "- policy `p`, of nobody in this stack" in told


@pytest.mark.parametrize(
    ("resource", "wild"),
    [
        *((one, True) for one in ("*", "**", "arn:aws:s3:::*/*", "arn:aws:s3:::*")),
        *((one, False) for one in ("arn:aws:s3:::raw/*", "arn:aws:s3:::raw")),
    ],
)
def test_everything_of_a_kind_is_marked(resource: str, *, wild: bool) -> None:
    (grant,) = only(compare(stack(), stack({**ALLOW, "Resource": resource}))).gained
    assert grant.wildcards == (("resource",) if wild else ())


def test_what_all_but_others_covered_is_no_gain() -> None:
    broad = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert only(compare(stack(broad), stack(ALLOW))).gained == ()
    creeping = {**ALLOW, "Action": "iam:PassRole"}
    assert only(compare(stack(broad), stack(creeping))).gained


def test_a_thousand_roles_are_compared_in_bounded_time() -> None:
    def made(extra: str) -> dict[str, Any]:
        return {
            f"{number}-{urn}": {
                **one,
                "name": f"{one['name']}-{number}",
                "inputs": {
                    **one["inputs"],
                    "name": f"r{number}",
                    "role": f"r{number}",
                },
            }
            for number in range(500)
            for urn, one in stack(
                {**ALLOW, "Action": [f"s3:{extra}{n}" for n in range(20)]}, ALLOW
            ).items()
        }

    base, head = made("Get"), made("Put")
    began = time.process_time()
    section = compare(base, head)
    assert len(section.principals) == 500
    assert time.process_time() - began < 5
    assert len(markdown(section).splitlines()) < 70


ACTIONS = ("s:a", "s:b", "t:a")
RESOURCES = ("x", "y", "xy")
PATTERNS = st.lists(
    st.sampled_from(("s:a", "s:*", "?:a", "*", "s:b", "t:?")), min_size=1, max_size=3
)
PLACES = st.lists(st.sampled_from(("x", "y", "x*", "*", "?", "*y")), min_size=1, max_size=3)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    negated = ("Not" if draw(st.booleans()) else "", "Not" if draw(st.booleans()) else "")
    return {
        "Effect": draw(st.sampled_from(("Allow", "Deny"))),
        f"{negated[0]}Action": draw(PATTERNS),
        f"{negated[1]}Resource": draw(PLACES),
    }


def matches(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    def named(key: str, value: str) -> bool:
        if f"Not{key}" in statement:
            return not any(fnmatchcase(value, one) for one in statement[f"Not{key}"])
        return any(fnmatchcase(value, one) for one in statement[key])

    return named("Action", action) and named("Resource", resource)


def grants_match(grants: Iterable[Grant], effect: str, action: str, resource: str) -> bool:
    def named(patterns: tuple[str, ...], value: str, *, negated: bool) -> bool:
        return any(fnmatchcase(value, one) for one in patterns) is not negated

    return any(
        one.effect == effect
        and named(one.actions, action, negated=one.not_actions)
        and named(one.resources, resource, negated=one.not_resources)
        for one in grants
    )


@settings(max_examples=80, deadline=None)
@given(base=st.lists(statements(), max_size=4), head=st.lists(statements(), max_size=4))
def test_whatever_a_statement_newly_says_is_among_what_is_told(
    base: list[dict[str, Any]], head: list[dict[str, Any]]
) -> None:
    section = compare(stack(*base), stack(*head))
    gained, lost = (
        [grant for one in section.principals for grant in getattr(one, side)]
        for side in ("gained", "lost")
    )
    for effect, action, resource in product(("Allow", "Deny"), ACTIONS, RESOURCES):
        before, after = (
            any(one["Effect"] == effect and matches(one, action, resource) for one in side)
            for side in (base, head)
        )
        if after and not before:
            assert grants_match(gained, effect, action, resource)
        if before and not after:
            assert grants_match(lost, effect, action, resource)


@given(
    pattern=st.text(alphabet="ab*?", max_size=5),
    other=st.text(alphabet="ab*?", max_size=5),
    text=st.text(alphabet="ab", max_size=5),
)
def test_what_a_covered_pattern_matches_the_covering_one_matches(
    pattern: str, other: str, text: str
) -> None:
    if covers(pattern, other) and fnmatchcase(text, other):
        assert fnmatchcase(text, pattern)


def test_a_pattern_of_stars_takes_no_exponential_time() -> None:
    assert not covers("*a" * 2_000 + "b", "a" * 4_000)


KEYS = (
    *("type", "name", "inputs", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"),
    *("aws:lambda/permission:Permission", "role", "policy", "Statement", "Effect", "Allow", "Deny"),
    *("Action", "NotAction", "Resource", "NotResource", "Principal", "AWS", "Condition"),
    *("assumeRolePolicy", "inlinePolicies", "managedPolicyArns", "permissionsBoundary"),
)


@settings(max_examples=40, deadline=None)
@given(
    base=st.dictionaries(support.words("urn"), support.json(*KEYS), max_size=3),
    head=st.dictionaries(support.words("urn"), support.json(*KEYS), max_size=3),
    said=support.json(*KEYS),
)
def test_any_json_gives_a_section_that_can_be_written(base: Any, head: Any, said: Any) -> None:
    hostile = stack(assumeRolePolicy=said)
    hostile["policy"]["inputs"]["policy"] = {"Statement": said}
    hostile["other"] = {"type": said, "name": said, "inputs": {"policy": json.dumps(said)}}
    for old, new in ((base, head), (stack(ALLOW), hostile | head), (hostile, base)):
        section = compare(old, new)
        json.dumps(asdict(section), ensure_ascii=False).encode()
        support.assert_harmless(markdown(section))
        assert not compare(new, copy.deepcopy(new))
