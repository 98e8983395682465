"""What compiling a use case yields: plain values that the Pulumi program reads.

Nothing here imports the SageMaker SDK: it runs in a process of its own (``pipelines/compile.py``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r"\$\{([a-z0-9_]+)\}")
"""A value only AWS will know, inside a definition: ``${artifacts_bucket}``."""

TAG_KEYS = ("environment", "owner", "project", "team")
"""Of the tags that all of a stack bears."""
TOKENS = frozenset(
    {
        "role_arn",
        "account_id",
        "region",
        "kms_key_arn",
        "raw_bucket",
        "features_bucket",
        "artifacts_bucket",
        "capture_bucket",
        "made_from",
        *(f"tag_{key}" for key in TAG_KEYS),
    }
)
"""Every definition may use these; in a VPC those of :func:`network_tokens` too."""


def network_tokens(*, subnet_count: int, security_group_count: int) -> tuple[list[str], list[str]]:
    """Return the tokens of a stack's subnets and security groups: AWS names what we create."""
    return (
        [f"subnet_id_{number}" for number in range(1, subnet_count + 1)],
        [f"security_group_id_{number}" for number in range(1, security_group_count + 1)],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """A file the pipeline needs in the artifacts bucket, named by its content."""

    key: str
    """Object key, which holds the SHA-256 of the bytes: unchanged code previews as unchanged."""
    path: Path
    """Where the bytes lie on this machine (in the build cache)."""
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledPipeline:
    """A SageMaker pipeline definition with tokens, and the code it refers to."""

    name: str
    """``features``, ``training``, ``drift``, and ``batch`` where batches are scored."""
    definition: str
    """Canonical JSON (schema version 2020-12-01) with ``${token}`` in its strings."""
    artifacts: tuple[Artifact, ...]

    def tokens(self) -> frozenset[str]:
        """Return the names of the tokens to fill in."""
        return frozenset(TOKEN.findall(self.definition))


@dataclass(frozen=True, kw_only=True, slots=True)
class LambdaCode:
    """A handler and the files beside it, to be zipped."""

    name: str
    """``scoring``, ``gate``, ``recorder``, ``release``, ``shadow`` or ``stream-<group>``."""
    handler: str
    """``module.function``."""
    files: Mapping[str, Path]
    """Name within the archive to path on this machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureGroupSchema:
    """One feature group, as declared by the use case."""

    name: str
    """Short name, for example ``weather``."""
    description: str
    record_identifier: str
    event_time: str
    features: Mapping[str, str]
    """Feature name to ``String``, ``Integral`` or ``Fractional``; identifier and event time too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledUseCase:
    """Everything the program needs of one use case."""

    use_case: str
    pipelines: Mapping[str, CompiledPipeline]
    lambdas: Mapping[str, LambdaCode]
    feature_groups: tuple[FeatureGroupSchema, ...]
    serving_image_uri: str
    """Image of the container that serves the model."""
    serving_environment: Mapping[str, str] = field(default_factory=dict)
    objective: str = "Auc"
    """CloudWatch's name of the metric by which versions are judged."""
    watches_requests: bool = True
    """Drift is measured on features that requests bring themselves, beside those of the groups."""


def fill(definition: str, values: Mapping[str, str]) -> str:
    """Replace every ``${token}`` of ``definition``.

    Raises:
        ValueError: a token has no value.
    """
    if missing := sorted(set(TOKEN.findall(definition)) - values.keys()):
        raise ValueError(f"definition needs values for {missing}, got {sorted(values)}")
    return TOKEN.sub(lambda match: values[match.group(1)], definition)
