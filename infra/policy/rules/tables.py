"""Tables of DynamoDB, and repositories of images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.policy.ask import beside, each, get, is_own_key, is_true, known, must, one_of
from infra.policy.documents import names_whom
from infra.policy.model import Problem, Resource, Rule, Stack

CAPACITIES: Final = frozenset(
    {"dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"}
)
TABLE: Final = ("aws:dynamodb/table:Table",)
REPOSITORY: Final = ("aws:ecr/repository:Repository",)
LIFECYCLE: Final = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REPOSITORY_POLICY: Final = "aws:ecr/repositoryPolicy:RepositoryPolicy"


def _grows(one: Resource, stack: Stack) -> Iterator[Problem]:
    if one_of("PAY_PER_REQUEST")(get(one.props, "billingMode")):
        return
    targets = stack.beside(one, "aws:appautoscaling/target:Target", "resourceId")
    scaled = {str(known(get(target.props, "scalableDimension"))) for target in targets}
    if not scaled >= CAPACITIES:
        yield Problem(
            what="billingMode must be PAY_PER_REQUEST, or its capacity be scaled",
            found=get(one.props, "billingMode"),
        )


def _customer_key(one: Resource, _: Stack) -> Iterator[Problem]:
    settings = each(get(one.props, "encryptionConfigurations"))
    if not settings or not all(
        one_of("KMS", "KMS_DSSE")(get(s, "encryptionType")) and is_own_key(get(s, "kmsKey"))
        for s in settings
    ):
        yield Problem(
            what="encryptionConfigurations must have encryptionType KMS and a customer key",
            found=[get(s, "encryptionType") for s in settings] or None,
        )


def _table_has_a_key(one: Resource, _: Stack) -> Iterator[Problem]:
    encryption = get(one.props, "serverSideEncryption")
    if not is_true(get(encryption, "enabled")):  # without it AWS's own key encrypts
        yield Problem(what="serverSideEncryption.enabled must be true")
    elif not is_own_key(get(encryption, "kmsKeyArn")):
        yield Problem(what="serverSideEncryption.kmsKeyArn must be a customer key")


RULES: Final = (
    Rule(
        id="DynamoDB.1",
        title="Tables grow with what is asked of them",
        types=TABLE,
        check=_grows,
        remedy="Set billingMode to PAY_PER_REQUEST",
        beside=True,
    ),
    Rule(
        id="DynamoDB.2",
        title="Tables can be brought back to any moment",
        types=TABLE,
        check=must("pointInTimeRecovery.enabled", is_true, "true"),
        remedy="Set pointInTimeRecovery.enabled",
        also=("CKV_AWS_28", "AwsSolutions-DDB3"),
    ),
    Rule(
        id="DynamoDB.6",
        title="DynamoDB refuses to delete tables",
        types=TABLE,
        check=must("deletionProtectionEnabled", is_true, "true"),
        remedy="Set deletion_protection to true",
    ),
    Rule(
        id="CKV_AWS_119",
        title="Tables are encrypted with a customer key",
        types=TABLE,
        check=_table_has_a_key,
        remedy="Give serverSideEncryption a kmsKeyArn",
    ),
    Rule(
        id="ECR.1",
        title="Images are scanned as they are pushed",
        types=REPOSITORY,
        check=must("imageScanningConfiguration.scanOnPush", is_true, "true"),
        remedy="Set imageScanningConfiguration.scanOnPush",
        also=("CKV_AWS_163",),
    ),
    Rule(
        id="ECR.2",
        title="A tag of an image stays with it",
        types=REPOSITORY,
        check=must("imageTagMutability", one_of("IMMUTABLE"), "IMMUTABLE"),
        remedy="Set imageTagMutability to IMMUTABLE",
        also=("CKV_AWS_51",),
    ),
    Rule(
        id="ECR.3",
        title="Images that nobody uses are cleared away",
        types=REPOSITORY,
        check=beside(LIFECYCLE, "repository", "a lifecycle policy must be declared"),
        remedy="Declare a LifecyclePolicy",
        beside=True,
    ),
    Rule(
        id="CKV_AWS_136",
        title="Images are encrypted with a customer key",
        types=REPOSITORY,
        check=_customer_key,
        remedy="Make the repository anew with encryptionType KMS and a kmsKey",
    ),
    Rule(
        id="AwsSolutions-ECR1",
        title="Repositories of images are not public",
        types=(REPOSITORY_POLICY,),
        check=names_whom("principal must not be *"),
        remedy="Name the principals, or a condition",
    ),
)
