"""One version of the registry, with the approval, the code and the measurements behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pipelines.shared.lineage.asking import Asking
from pipelines.shared.lineage.data import data
from pipelines.shared.lineage.facts import Approval, Code, Execution, Version
from pipelines.shared.lineage.runs import execution, training_job, tuning

UNKNOWN = "unknown"
"""What the record of the code says where no repository was there to ask."""


def version(asking: Asking, arn: str) -> Version | None:
    """Return a model package version; ``None`` and a gap where the registry does not tell it."""
    sagemaker = asking.client("sagemaker")
    package = asking.ask(
        f"version {arn.rpartition(':')[2]}",
        lambda: sagemaker.describe_model_package(ModelPackageName=arn),
    )
    if package is None:
        return None
    number = package.get("ModelPackageVersion", 0)
    metadata = package.get("CustomerMetadataProperties") or {}
    container = (package.get("InferenceSpecification") or {}).get("Containers", [{}])[0]
    run = execution(asking, generated_by(package, metadata), number)
    report = evaluation(asking, package, number)
    job = training_job(asking, run, container.get("ModelDataUrl"), number)
    return Version(
        group=package.get("ModelPackageGroupName", ""),
        number=number,
        arn=arn,
        registered=package["CreationTime"],
        description=package.get("ModelPackageDescription"),
        image=container.get("Image"),
        model_data=container.get("ModelDataUrl"),
        approval=approval(asking, package, run),
        metrics=metrics(report),
        metadata=metadata,
        code=_code(asking, package, metadata, number),
        execution=run,
        training=job,
        tuning=tuning(asking, run),
        data=data(asking, metadata, report or {}, number),
        baseline=_baseline(asking, package, number),
    )


def approval(asking: Asking, package: Mapping[str, Any], run: Execution | None) -> Approval:
    """Say who approved: an execution that registered the version so, or who changed it last.

    AWS keeps no approver of its own. ``LastModifiedBy`` is the one who made the last change, which
    is the approval where nothing else changes packages: this platform's own parts do not.
    """
    status = package.get("ModelApprovalStatus", UNKNOWN)
    registered_as = run.parameters.get("ModelApprovalStatus") if run else None
    what = f"approver of version {package.get('ModelPackageVersion')}"
    how: Any = UNKNOWN
    by = at = None
    identity = (package.get("LastModifiedBy") or {}).get("IamIdentity") or {}
    profile = (package.get("LastModifiedBy") or {}).get("UserProfileArn")
    if status == "PendingManualApproval":
        asking.gap(what, "nobody has approved it")
    elif registered_as == status and run is not None:
        how, by, at = "automatic", run.arn, package["CreationTime"]
    elif package.get("LastModifiedTime") is None:
        asking.gap(what, "it was registered as such, by no execution that is known")
    elif profile or identity.get("Arn"):
        how, by, at = "by hand", profile or identity["Arn"], package["LastModifiedTime"]
    else:
        asking.gap(what, "the registry names none; CloudTrail's UpdateModelPackage does")
    return Approval(
        status=status, how=how, by=by, at=at, description=package.get("ApprovalDescription")
    )


def generated_by(package: Mapping[str, Any], metadata: Mapping[str, str]) -> str | None:
    """Return the ARN of the execution that registered the version, where either names it."""
    generated = (package.get("MetadataProperties") or {}).get("GeneratedBy", "")
    return metadata.get("execution_arn") or (generated if "/execution/" in generated else None)


def evaluation(asking: Asking, package: Mapping[str, Any], number: int) -> Any:  # noqa: ANN401 - JSON
    """Return the report on the model's quality that the version was registered with."""
    quality = (package.get("ModelMetrics") or {}).get("ModelQuality") or {}
    uri = (quality.get("Statistics") or {}).get("S3Uri")
    what = f"metrics of version {number}"
    if uri is None:
        asking.gap(what, "it was registered without a report on the model's quality")
        return None
    return asking.document(what, uri)


def metrics(report: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the numbers of a report in SageMaker's layout: ``{kind}_metrics.{name}.value``."""
    found: dict[str, float] = {}
    for kind, members in (report or {}).items():
        if not kind.endswith("_metrics") or not isinstance(members, Mapping):
            continue
        for name, told in members.items():
            value = told.get("value") if isinstance(told, Mapping) else None
            if isinstance(value, int | float) and math.isfinite(value):
                found[name] = float(value)
    return found


def _code(
    asking: Asking, package: Mapping[str, Any], metadata: Mapping[str, str], number: int
) -> Code:
    told = {key: metadata.get(key) for key in ("commit", "branch", "author")}
    told["commit"] = told["commit"] or (package.get("MetadataProperties") or {}).get("CommitId")
    for key, value in told.items():
        if value in {None, UNKNOWN}:
            told[key] = None
            why = "no repository was there" if value == UNKNOWN else "its metadata has none"
            asking.gap(f"{key} of version {number}", why)
    return Code(
        commit=told["commit"],
        branch=told["branch"],
        author=told["author"],
        archive=metadata.get("code"),
        recorded_at=metadata.get("made_from"),
    )


def _baseline(asking: Asking, package: Mapping[str, Any], number: int) -> str | None:
    kinds = package.get("DriftCheckBaselines") or {}
    uri = ((kinds.get("ModelDataQuality") or {}).get("Statistics") or {}).get("S3Uri")
    if uri is None:
        asking.gap(f"baseline of version {number}", "it was registered without one")
    return uri
