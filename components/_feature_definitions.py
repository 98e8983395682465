"""The features of a group as they are now; its own resource knows only those it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

TYPE = "mlops:index:FeatureDefinitions"


class FeatureDefinitions(pulumi.CustomResource):
    """Adds to a feature group, in place, what was declared since it was made.

    pulumi-aws replaces the group for a further feature. This type's provider stands in
    ``infra/plugin``; it refuses, in the preview, to remove or retype a feature.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with one meaning
        self,
        name: str,
        *,
        feature_group_name: str,
        feature_group_arn: pulumi.Input[str],
        record_identifier: str,
        event_time: str,
        features: Mapping[str, str],
        offline_store_uri: pulumi.Input[str | None],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """``offline_store_uri`` differs with each group that is made, even of the same name."""
        properties: dict[str, Any] = {
            "featureGroupName": feature_group_name,
            "featureGroupArn": feature_group_arn,
            "recordIdentifierFeatureName": record_identifier,
            "eventTimeFeatureName": event_time,
            "featureDefinitions": [
                {"featureName": feature, "featureType": kind} for feature, kind in features.items()
            ],
            "offlineStoreUri": offline_store_uri,
        }
        super().__init__(TYPE, name, properties, opts)
