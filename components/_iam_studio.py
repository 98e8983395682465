"""What Studio needs of those who work in it."""

from __future__ import annotations

from collections.abc import Sequence

from components._iam import allow, document, lend_key
from components._place import Place


def work_in(place: Place, *, domain_id: str, members: Sequence[str], key_arn: str) -> str:
    """Allow opening the profiles of ``members``, and spaces and applications of one's own.

    SageMaker says whose a space is, and from whose profile it is asked for: no space is shared, and
    none is another's. The disk of a space is encrypted with the key, which its owner lends.
    """
    profiles = [place.arn("sagemaker", f"user-profile/{domain_id}/{name}") for name in members]
    mine = place.arn("sagemaker", f"user-profile/{domain_id}/${{sagemaker:UserProfileName}}")
    places = [place.arn("sagemaker", f"{kind}/{domain_id}/*") for kind in ("app", "space")]
    return document(
        allow("sagemaker:CreatePresignedDomainUrl", "sagemaker:DescribeUserProfile", on=profiles),
        allow("sagemaker:DescribeDomain", on=place.arn("sagemaker", f"domain/{domain_id}")),
        allow("sagemaker:DescribeApp", "sagemaker:DescribeSpace", on=places),
        allow(
            "sagemaker:CreateApp",
            "sagemaker:CreateSpace",
            "sagemaker:DeleteApp",
            "sagemaker:DeleteSpace",
            "sagemaker:UpdateSpace",
            on=places,
            when={
                "ArnLike": {"sagemaker:OwnerUserProfileArn": mine},
                "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
            },
        ),
        allow(
            "sagemaker:AddTags",
            on=places,
            when={"StringEquals": {"sagemaker:TaggingAction": ["CreateApp", "CreateSpace"]}},
        ),
        allow(
            "sagemaker:ListApps",
            "sagemaker:ListDomains",
            "sagemaker:ListSpaces",
            "sagemaker:ListUserProfiles",
            on="*",  # none of them takes a resource
        ),
        lend_key(key_arn),
    )
