"""A small program and the ways in which it changes, as both the engine and a plan see them.

Run as a program it declares what the setting ``variant`` names; imported it is a table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Storage(pulumi.ComponentResource):
    """A bucket and what lies beside it."""

    def __init__(
        self, name: str, *, child: str = "data", bucket: str | None = None, **more: Any
    ) -> None:
        """Declare it under its own name."""
        kind = more.get("kind", "Storage")
        super().__init__(f"test:index:{kind}", name, None, more.get("opts"))
        beside = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(
            f"{name}-{child}",
            bucket=bucket,
            tags=more.get("tags"),
            opts=more.get("bucket_opts", beside),
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=self.bucket.bucket,
            policy=self.bucket.arn.apply(_readable),
            opts=beside,
        )
        self.register_outputs({})


def _readable(arn: str) -> str:
    allow = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}}
    statement = {**allow, "Action": "s3:PutObject", "Resource": f"{arn}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


RAW = partial(Storage, "raw")


def _log(
    name: str, prefix: str, function: pulumi.Output[str], opts: pulumi.ResourceOptions | None = None
) -> None:
    """Declare a log group under a name that is given, and holds another's."""
    aws.cloudwatch.LogGroup(name, name=function.apply(lambda one: prefix + one), opts=opts)


LOG = partial(_log, "log", "/mlops/")


def declare(  # noqa: PLR0913 - one keyword for each thing that a change may touch
    *,
    storage: Callable[[], object] = RAW,
    log: Callable[[pulumi.Output[str]], object] = LOG,
    topic: str = "news",
    topic_name: str | None = None,
    topic_opts: pulumi.ResourceOptions | None = None,
    timeout: int = 10,
    code: str = "def handler(e, c): return 1\n",
    path: str = "/",
    key_description: str = "Small",
    queue: bool = True,
    retries: bool = False,
    order: int = 0,
) -> None:
    """Declare the program, with what the keywords change."""
    tags = {"team": "flights"}
    storage()
    key = aws.kms.Key("key", description=key_description, enable_key_rotation=True, tags=tags)
    aws.kms.Alias("alias", target_key_id=key.key_id)
    news = aws.sns.Topic(topic, name=topic_name, kms_master_key_id=key.arn, opts=topic_opts)
    role = aws.iam.Role("runner", assume_role_policy=json.dumps(TRUST), path=path, tags=tags)
    aws.iam.RolePolicy(
        "runs",
        role=role.name,
        policy=pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": news.arn}],
            }
        ),
    )
    function = aws.lambda_.Function(
        "gate",
        code=pulumi.AssetArchive({"main.py": pulumi.StringAsset(code)}),
        handler="main.handler",
        role=role.arn,
        runtime="python3.13",
        timeout=timeout,
        tags=tags,
    )
    log(function.name)
    if queue:
        letters = aws.sqs.Queue("letters", visibility_timeout_seconds=30 + order, tags=tags)
        aws.sns.TopicSubscription("to-queue", topic=news.arn, protocol="sqs", endpoint=letters.arn)
    if retries:
        aws.sqs.Queue("retries", kms_master_key_id=key.arn, tags=tags)


def renamed_component() -> Storage:
    """Declare the storage under another name, with the old one as its alias."""
    old = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="raw")])
    return Storage("lake", opts=old)


BASE = declare
FORMER_LOG = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="log")])
FORMER_CLASS = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="test:index:Storage")])
CHANGES: dict[str, Callable[[], None]] = {
    "nothing": declare,
    "a resource is added": partial(declare, retries=True),
    "a resource and what hangs on it are deleted": partial(declare, queue=False),
    "an input changes in place": partial(declare, timeout=20),
    "a number deep inside changes": partial(declare, order=5),
    "code changes": partial(declare, code="def handler(e, c): return 2\n"),
    "a topic gets a name, so it is replaced, with what follows its ARN": partial(
        declare, topic_name="the-news"
    ),
    "a role moves, so it is replaced, and the function follows": partial(declare, path="/mlops/"),
    "a key's description changes in place and nothing follows": partial(
        declare, key_description="Smaller"
    ),
    "a resource is renamed without an alias": partial(declare, topic="headlines"),
    "a resource is renamed with an alias": partial(
        declare,
        topic="headlines",
        topic_opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="news")]),
    ),
    "a component is renamed without an alias": partial(declare, storage=partial(Storage, "lake")),
    "a component is renamed with an alias": partial(declare, storage=renamed_component),
    "a component is of another class": partial(
        declare, storage=partial(Storage, "raw", kind="Depot")
    ),
    "a component is of another class, with an alias": partial(
        declare, storage=partial(Storage, "raw", kind="Depot", opts=FORMER_CLASS)
    ),
    "a child is renamed within its component": partial(
        declare, storage=partial(Storage, "raw", child="objects")
    ),
    "a bucket gets a name of its own": partial(
        declare, storage=partial(Storage, "raw", bucket="a-name-of-its-own")
    ),
    "a resource is renamed with an alias, and gets a name of its own": partial(
        declare,
        topic="headlines",
        topic_name="the-news",
        topic_opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="news")]),
    ),
    "a resource is renamed with an alias, and keeps the name that it was given": partial(
        declare, log=partial(_log, "lines", "/mlops/", opts=FORMER_LOG)
    ),
    "a resource is renamed with an alias, and is given another name": partial(
        declare, log=partial(_log, "lines", "/logs/", opts=FORMER_LOG)
    ),
    "tags come": partial(declare, storage=partial(Storage, "raw", tags={"team": "flights"})),
    "several at once": partial(declare, timeout=30, path="/mlops/", queue=False, retries=True),
}
"""What is said of a change to the program after it."""


if __name__ == "__main__":
    CHANGES[pulumi.Config().get("variant") or "nothing"]()
