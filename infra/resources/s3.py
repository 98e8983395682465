"""S3: buckets, the settings beside them, and objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.resources._walk import tags_from_aws
from infra.resources.handler import Clients, Created, Properties
from infra.resources.naming import AutoName
from infra.resources.row import Row
from infra.resources.s3_objects import TYPES as OBJECTS
from infra.resources.s3_settings import TYPES as SETTINGS

DEFAULT_REGION = "us-east-1"
"""The one region that ``LocationConstraint`` must not name."""


class Bucket(Row):
    """A bucket by itself; its settings are resources of their own."""

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation and the tagging."""
        yield self.create_op, {"Bucket": inputs["bucket"]}
        if tags := inputs.get("tags"):
            told = {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}
            yield "PutBucketTagging", {"Bucket": inputs["bucket"], "Tagging": told}

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it in the clients' region and tag it."""
        s3, name = aws("s3"), inputs["bucket"]
        where = {"LocationConstraint": aws.region}
        at = {} if aws.region == DEFAULT_REGION else {"CreateBucketConfiguration": where}
        if self._exists(aws, name):  # us-east-1 would answer 200 to its owner
            raise ClientError(
                {
                    "Error": {
                        "Code": "BucketAlreadyOwnedByYou",
                        "Message": f"bucket {name} exists already, and not in this stack",
                    }
                },
                "CreateBucket",
            )
        locked = {"ObjectLockEnabledForBucket": True} if inputs.get("objectLockEnabled") else {}
        s3.create_bucket(Bucket=name, **at, **locked)
        if tags := inputs.get("tags"):
            self._tag(aws, name, tags)
        outputs = self._outputs(aws, inputs)
        return Created(id=name, outputs=outputs)

    def read(self, aws: Clients, resource_id: str, outputs: Properties) -> Created | None:
        """Return the bucket with its tags."""
        if not self._exists(aws, resource_id):
            return None
        found = self._outputs(aws, {**outputs, "bucket": resource_id})
        tags = self._tags(aws, resource_id)
        if tags or outputs.get("tags"):
            found |= {"tags": tags, "tagsAll": tags}
        return Created(id=resource_id, outputs=found)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change the tags."""
        if old.get("tags") != new.get("tags"):
            self._tag(aws, resource_id, new.get("tags") or {})
        return Created(id=resource_id, outputs=self._outputs(aws, new))

    def delete(self, aws: Clients, resource_id: str, outputs: Properties) -> None:
        """Delete it, with ``forceDestroy`` all that is in it first."""
        s3 = aws("s3")
        try:
            if outputs.get("forceDestroy"):
                empty(s3, resource_id)
            s3.delete_bucket(Bucket=resource_id)
        except ClientError as error:
            if not self.is_gone(error):
                raise

    def empty(self, aws: Clients, outputs: Properties) -> None:
        """Delete every object, version and delete marker."""
        empty(aws("s3"), outputs["bucket"])

    def _exists(self, aws: Clients, name: str) -> bool:
        try:
            aws("s3").head_bucket(Bucket=name)
        except ClientError as error:
            if self.is_gone(error):
                return False
            raise
        return True

    @staticmethod
    def _outputs(aws: Clients, inputs: Properties) -> dict[str, Any]:
        name = inputs["bucket"]
        outputs = {
            **inputs,
            "arn": f"arn:aws:s3:::{name}",
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
            "bucketRegion": aws.region,
            "region": aws.region,
        }
        if inputs.get("tags"):
            outputs["tagsAll"] = inputs["tags"]
        return outputs

    @staticmethod
    def _tag(aws: Clients, name: str, tags: Mapping[str, str]) -> None:
        if tags:
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            aws("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})
        else:
            aws("s3").delete_bucket_tagging(Bucket=name)

    @staticmethod
    def _tags(aws: Clients, name: str) -> dict[str, str]:
        try:
            return tags_from_aws(aws("s3").get_bucket_tagging(Bucket=name)["TagSet"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchTagSet":
                return {}
            raise


def empty(s3: Any, bucket: str) -> None:
    """Delete every object, version and delete marker of a bucket."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        held = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        doomed = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in held]
        if doomed:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})


TYPES = (
    Bucket(
        token="aws:s3/bucket:Bucket",
        source="internal/service/s3/bucket.go",
        service="s3",
        create_op="CreateBucket",
        read_op="HeadBucket",
        delete_op="DeleteBucket",
        key={"Bucket": "bucket"},
        id="bucket",
        autoname=AutoName("bucket", 63, lower=True),
        defaults={"forceDestroy": False},
        extra=frozenset({"forceDestroy", "tags", "objectLockEnabled"}),
        replace_on=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
        stateful=True,
    ),
    *SETTINGS,
    *OBJECTS,
)
