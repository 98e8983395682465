"""IAM: roles, inline and managed policies, attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.resources._walk import from_aws
from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row, Tagging

EXISTING_VERSIONS = 5
"""Versions of a managed policy that IAM keeps; the oldest has to go before a sixth."""


class Role(Row):
    """A role; its trust policy and its limits are changed by operations of their own."""

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Update trust, limits, boundary and tags."""
        iam, name = aws("iam"), old["name"]
        if old.get("assumeRolePolicy") != new["assumeRolePolicy"]:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=new["assumeRolePolicy"])
        boundary = new.get("permissionsBoundary")
        if boundary and boundary != old.get("permissionsBoundary"):
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        elif old.get("permissionsBoundary") and not boundary:
            iam.delete_role_permissions_boundary(RoleName=name)
        return super().update(aws, resource_id, old, new)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell the boundary by its ARN alone, as it was given."""
        boundary = held.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        outputs.pop("permissionsBoundary", None)
        if boundary:
            outputs["permissionsBoundary"] = boundary
        return super().finish(aws, outputs, held)

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        readable = super()._readable(outputs)
        return {key: value for key, value in readable.items() if key != "permissionsBoundary"}

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete it; ``forceDetachPolicies`` takes what others attached off first."""
        if outputs.get("forceDetachPolicies"):
            iam, name = aws("iam"), outputs["name"]
            for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        super().delete(aws, resource_id, outputs)


class RolePolicy(Row):
    """An inline policy; its id is ``role:name``."""

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:
        """Return the id made of both names."""
        created = super().created(inputs, answer)
        return Created(id=f"{inputs['role']}:{inputs['name']}", outputs=created.outputs)


class RolePolicyAttachment(Row):
    """A managed policy on a role; it has no name of its own."""

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:  # noqa: ARG002
        """Return the id made of role and policy."""
        return Created(id=f"{inputs['role']}/{inputs['policyArn']}", outputs=dict(inputs))

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Look for the policy among those attached."""
        try:
            pages = (
                aws("iam")
                .get_paginator("list_attached_role_policies")
                .paginate(RoleName=outputs["role"])
            )
            attached = {
                policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]
            }
        except ClientError as error:
            if self.is_gone(error):
                return None
            raise
        if outputs["policyArn"] not in attached:
            return None
        return Created(id=resource_id, outputs=dict(outputs))


class Policy(Row):
    """A managed policy: a change is a new default version."""

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the policy with the document of its default version."""
        found = super().read(aws, resource_id, outputs)
        if found is None:
            return None
        iam, arn = aws("iam"), found.outputs["arn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        held = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        shape: Any = self.shape("CreatePolicy")
        document = {"PolicyDocument": held["Document"]}
        found.outputs.update(
            from_aws(shape, document, {"policy": outputs["policy"]}, {"policy": "PolicyDocument"})
        )
        return found

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Make a new default version, dropping the oldest where IAM would keep too many."""
        iam, arn = aws("iam"), old["arn"]
        if old.get("policy") != new["policy"]:
            versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
            if len(versions) >= EXISTING_VERSIONS:
                oldest = min(
                    (version for version in versions if not version["IsDefaultVersion"]),
                    key=lambda version: version["CreateDate"],
                )
                iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
            iam.create_policy_version(
                PolicyArn=arn, PolicyDocument=new["policy"], SetAsDefault=True
            )
        return super().update(aws, resource_id, old, new)

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete the other versions, then the policy."""
        iam, arn = aws("iam"), outputs["arn"]
        try:
            for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        except ClientError as error:
            if not self.is_gone(error):
                raise
            return
        super().delete(aws, resource_id, outputs)


class OpenIdConnectProvider(Row):
    """An identity provider: its audiences and thumbprints are changed one by one."""

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Tell the address as it was given: IAM leaves the scheme out."""
        outputs["url"] = f"https://{str(held['Url']).removeprefix('https://')}"
        return super().finish(aws, outputs, held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Add and remove audiences; set thumbprints where they are given."""
        iam = aws("iam")
        before, after = set(old["clientIdLists"]), set(new["clientIdLists"])
        for client in sorted(after - before):
            iam.add_client_id_to_open_id_connect_provider(
                OpenIDConnectProviderArn=resource_id, ClientID=client
            )
        for client in sorted(before - after):
            iam.remove_client_id_from_open_id_connect_provider(
                OpenIDConnectProviderArn=resource_id, ClientID=client
            )
        prints = new.get("thumbprintLists")
        if prints and prints != old.get("thumbprintLists"):
            iam.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=resource_id, ThumbprintList=prints
            )
        return super().update(aws, resource_id, old, new)


TYPES = (
    Role(
        token="aws:iam/role:Role",
        source="internal/service/iam/role.go",
        service="iam",
        create_op="CreateRole",
        read_op="GetRole",
        read_path="Role",
        update_op="UpdateRole",
        delete_op="DeleteRole",
        key={"RoleName": "name"},
        id="name",
        autoname=AutoName("name", 64),
        renames={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        computed={
            "arn": "Role.Arn || Arn",
            "uniqueId": "Role.RoleId || RoleId",
            "createDate": "Role.CreateDate || CreateDate",
        },
        defaults={"maxSessionDuration": 3600, "path": "/", "forceDetachPolicies": False},
        extra=frozenset({"forceDetachPolicies"}),
        required=("assumeRolePolicy",),
        replace_on=frozenset({"name", "namePrefix", "path"}),
        tagging=Tagging("TagRole", "UntagRole", "ListRoleTags", "RoleName", "name"),
    ),
    RolePolicy(
        token="aws:iam/rolePolicy:RolePolicy",
        source="internal/service/iam/role_policy.go",
        service="iam",
        create_op="PutRolePolicy",
        read_op="GetRolePolicy",
        update_op="PutRolePolicy",
        delete_op="DeleteRolePolicy",
        key={"RoleName": "role", "PolicyName": "name"},
        id="name",
        autoname=AutoName("name", 128),
        renames={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
        required=("role", "policy"),
        replace_on=frozenset({"name", "namePrefix", "role"}),
    ),
    RolePolicyAttachment(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        source="internal/service/iam/role_policy_attachment.go",
        service="iam",
        create_op="AttachRolePolicy",
        delete_op="DetachRolePolicy",
        key={"RoleName": "role", "PolicyArn": "policyArn"},
        id="policyArn",
        renames={"role": "RoleName"},
        required=("role", "policyArn"),
        replace_on=frozenset({"role", "policyArn"}),
        read_op="ListAttachedRolePolicies",
    ),
    Policy(
        token="aws:iam/policy:Policy",
        source="internal/service/iam/policy.go",
        service="iam",
        create_op="CreatePolicy",
        read_op="GetPolicy",
        read_path="Policy",
        delete_op="DeletePolicy",
        key={"PolicyArn": "arn"},
        id="arn",
        autoname=AutoName("name", 128),
        renames={"name": "PolicyName", "policy": "PolicyDocument"},
        computed={"arn": "Policy.Arn || Arn", "policyId": "Policy.PolicyId || PolicyId"},
        defaults={"path": "/"},
        required=("policy",),
        replace_on=frozenset({"name", "namePrefix", "path", "description"}),
        tagging=Tagging("TagPolicy", "UntagPolicy", "ListPolicyTags", "PolicyArn", "arn"),
    ),
    OpenIdConnectProvider(
        token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        source="internal/service/iam/openid_connect_provider.go",
        service="iam",
        create_op="CreateOpenIDConnectProvider",
        read_op="GetOpenIDConnectProvider",
        delete_op="DeleteOpenIDConnectProvider",
        key={"OpenIDConnectProviderArn": "arn"},
        id="arn",
        renames={"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"},
        computed={"arn": "OpenIDConnectProviderArn"},
        required=("url", "clientIdLists"),
        replace_on=frozenset({"url"}),
        tagging=Tagging(
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
            "ListOpenIDConnectProviderTags",
            "OpenIDConnectProviderArn",
            "arn",
        ),
    ),
)
