"""Notebook instances, and what a Studio domain runs from."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final

from infra.policy.ask import each, get, is_own_key, is_set, missing_tags, must, one_of, tags_of
from infra.policy.documents import EVERYTHING, allows, statements
from infra.policy.model import Check, Problem, Resource, Rule, Stack, UndecidedError

NOTEBOOK: Final = ("aws:sagemaker/notebookInstance:NotebookInstance",)
SCRIPTS: Final = (
    "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration",
)
DOMAIN: Final = ("aws:sagemaker/domain:Domain", "aws-native:sagemaker:Domain")
APP_IMAGE: Final = (
    "aws:sagemaker/appImageConfig:AppImageConfig",
    "aws-native:sagemaker:AppImageConfig",
)
IMAGE: Final = ("aws:sagemaker/image:Image", "aws-native:sagemaker:Image")
FLOW: Final = ("aws:sagemaker/flowDefinition:FlowDefinition",)
NOT_EVERYTHING: Final = "the notebook's role must not allow every action"
SECRET: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|"
    r"(?:password|passwd|secret|token|api_?key)\w*\s*[=:]\s*['\"]?[^\s'\"$]{6,}",
    re.IGNORECASE,
)
"""What a credential in a script looks like; ``$VARIABLE`` and AWS's own look-ups are none."""


def _tagged(one: Resource, stack: Stack) -> Iterator[Problem]:
    if missing_tags(one, stack) or not tags_of(one):
        wanted = ", ".join(stack.options.required_tags) or "one at least"
        yield Problem(what=f"tags must hold {wanted}", found=sorted(tags_of(one)))


def _no_secrets(one: Resource, _: Stack) -> Iterator[Problem]:
    for key in ("onCreate", "onStart"):
        script = get(one.props, key)
        if isinstance(script, str) and any(map(SECRET.search, (script, _decoded(script)))):
            yield Problem(what=f"{key} must hold no credentials", found="something like one")


def _decoded(script: str) -> str:
    """Return what base64 in lines of any length stands for, nothing where it is none."""
    try:
        return base64.b64decode("".join(script.split()), validate=True).decode(errors="replace")
    except ValueError:
        return ""


def _own_role_is_narrow(one: Resource, stack: Stack) -> Iterator[Problem]:
    roles = stack.taken_from(one, "roleArn", "aws:iam/role:Role")
    for role in roles:
        attached = stack.beside(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role")
        arns = [*each(get(role.props, "managedPolicyArns"))]
        arns += [get(attachment.props, "policyArn") for attachment in attached]
        if any(str(arn).endswith(":policy/AdministratorAccess") for arn in arns):
            yield Problem(what=NOT_EVERYTHING, found="AdministratorAccess", at=role.name)
        policies = stack.beside(role, "aws:iam/rolePolicy:RolePolicy", "role")
        for attachment in attached:
            policies += stack.taken_from(attachment, "policyArn", "aws:iam/policy:Policy")
        for policy in policies:
            for name, statement in statements(policy):
                if allows(statement) and EVERYTHING & set(statement["Action"]):
                    yield Problem(
                        what=NOT_EVERYTHING,
                        found=statement["Action"],
                        at=f"{policy.name} {name}",
                    )
    if not roles:
        raise UndecidedError("what a role of another stack may do")


def _notebook(identifier: str, title: str, check: Check, remedy: str, *also: str) -> Rule:
    return Rule(
        id=identifier, title=title, types=NOTEBOOK, check=check, remedy=remedy, also=tuple(also)
    )


def _nag(what: str) -> tuple[str, ...]:
    packs = ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
    return tuple(f"{pack}-{what}" for pack in packs)


RULES: Final = (
    _notebook(
        "SageMaker.1",
        "Notebook instances have no direct way to the internet",
        must("directInternetAccess", one_of("Disabled"), "Disabled"),
        "Set directInternetAccess to Disabled and give the notebook a subnet",
        "sagemaker-notebook-no-direct-internet-access",
        "CKV_AWS_122",
        "CT.SAGEMAKER.PR.1",
        "AwsSolutions-SM3",
        "sagemaker_notebook_instance_without_direct_internet_access_configured",
        *_nag("SageMakerNotebookNoDirectInternetAccess"),
    ),
    _notebook(
        "SageMaker.2",
        "Notebook instances lie in a network of one's own",
        must("subnetId", is_set, "a subnet"),
        "Give the notebook a subnet and security groups",
        "sagemaker-notebook-instance-inside-vpc",
        "CKV_AWS_306",
        "AwsSolutions-SM1",
        "sagemaker_notebook_instance_vpc_settings_configured",
    ),
    _notebook(
        "SageMaker.3",
        "Users of notebook instances are not root",
        must("rootAccess", one_of("Disabled"), "Disabled"),
        "Set rootAccess to Disabled",
        "sagemaker-notebook-instance-root-access-check",
        "CKV_AWS_307",
        "sagemaker_notebook_instance_root_access_disabled",
    ),
    _notebook(
        "SageMaker.8",
        "Notebook instances run on a supported platform",
        must("platformIdentifier", one_of("notebook-al2-v3"), "notebook-al2-v3"),
        "Set platformIdentifier to notebook-al2-v3",
        "sagemaker-notebook-instance-platform-version",
    ),
    _notebook(
        "SageMaker.21",
        "Disks of notebook instances are encrypted with a customer key",
        must("kmsKeyId", is_own_key, "a customer key"),
        "Give the notebook a kmsKeyId",
        "sagemaker-notebook-instance-storage-vol-kms-encrypted",
        "sagemaker-notebook-instance-kms-key-configured",
        "CKV_AWS_22",
        "AwsSolutions-SM2",
        "sagemaker_notebook_instance_encryption_enabled",
        *_nag("SageMakerNotebookInstanceKMSKeyConfigured"),
    ),
    _notebook(
        "CKV_AWS_371",
        "Notebook instances answer to IMDSv2 alone",
        must(
            "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion",
            one_of("2"),
            "2",
        ),
        "Set minimumInstanceMetadataServiceVersion to 2",
    ),
    Rule(
        id="CKV2_AWS_68",
        title="The role of a notebook instance does not allow everything",
        types=NOTEBOOK,
        check=_own_role_is_narrow,
        remedy="Name the actions that the notebook needs",
        beside=True,
    ),
    Rule(
        id="sagemaker_notebook_instance_no_secrets",
        title="Scripts of notebook instances hold no credentials",
        types=SCRIPTS,
        check=_no_secrets,
        remedy="Read the credential from Secrets Manager when the script runs",
    ),
    Rule(
        id="SageMaker.6",
        title="Configurations of app images are tagged",
        types=APP_IMAGE,
        check=_tagged,
        remedy="Add the tags",
        also=("sagemaker-app-image-config-tagged",),
    ),
    Rule(
        id="SageMaker.7",
        title="Images of Studio are tagged",
        types=IMAGE,
        check=_tagged,
        remedy="Add the tags",
        also=("sagemaker-image-tagged",),
    ),
    Rule(
        id="sagemaker-domain-in-vpc",
        title="Studio reaches the internet through the network alone",
        types=DOMAIN,
        check=must("appNetworkAccessType", one_of("VpcOnly"), "VpcOnly"),
        remedy="Set appNetworkAccessType to VpcOnly",
    ),
    Rule(
        id="CKV_AWS_187",
        title="Homes in Studio are encrypted with a customer key",
        types=DOMAIN,
        check=must("kmsKeyId", is_own_key, "a customer key"),
        remedy="Give the domain a kmsKeyId",
    ),
    Rule(
        id="sagemaker_domain_sso_configured",
        title="People enter Studio through IAM Identity Center",
        types=DOMAIN,
        check=must("authMode", one_of("SSO"), "SSO"),
        remedy="Set authMode to SSO where the account has an Identity Center",
        severity="advisory",
    ),
    Rule(
        id="CKV_AWS_372",
        title="What people label is encrypted with a customer key",
        types=FLOW,
        check=must("outputConfig.kmsKeyId", is_own_key, "a customer key"),
        remedy="Give outputConfig a kmsKeyId",
    ),
)
