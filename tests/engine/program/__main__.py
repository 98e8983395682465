"""A program small enough to be deployed in seconds."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
team = config.get("team") or "flights"
tags = {"team": team}
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}

key = aws.kms.Key("key", description="Small", enable_key_rotation=True, tags=tags)
bucket = aws.s3.Bucket("data", tags=tags)
aws.s3.BucketObjectv2(
    "hello",
    bucket=bucket.bucket,
    key="hello.txt",
    source=pulumi.StringAsset(config.get("hello") or "hello"),
)
queue = aws.sqs.Queue("letters", kms_master_key_id=key.arn, tags=tags)
topic = aws.sns.Topic("news", name=config.get("topic") or "news", tags=tags)
role = aws.iam.Role("runner", assume_role_policy=json.dumps(trust), tags=tags)
function = aws.lambda_.Function(
    "gate",
    code=pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(e, c): return 1\n")}),
    dead_letter_config={"target_arn": queue.arn},
    environment={"variables": {"TOKEN": config.require_secret("token"), "BUCKET": bucket.bucket}},
    handler="main.handler",
    role=role.arn,
    runtime="python3.13",
    tags=tags,
    timeout=config.get_int("timeout") or 10,
)
pulumi.export("bucket", bucket.bucket)
pulumi.export("account", aws.get_caller_identity().account_id)
