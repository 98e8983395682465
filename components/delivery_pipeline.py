"""How the code of an environment gets into it without leaving AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components._build import BuildPlan, build_log, build_project, build_role, start_on_rule
from components._delivery_stages import BUILD_ID, HANDED_ON, StagePlan, failed, stages
from components._deployment_role import DeploymentRoles
from components._iam import trust
from components._iam_delivery import DeliveryReach, build_artifacts, deliver_revisions
from components._place import here
from components._starts import object_created
from components._tags import stamp
from components._telling import Telling, tell
from components.alerting import Alerting
from components.revisions import RELEASE_KEY, Connection, SourceObject


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryPipelineArgs:
    """Inputs of :class:`DeliveryPipeline`.

    Raises:
        ValueError: no commands to preview or deploy with, or a repository that nothing checks.
    """

    stack: str
    """The commands know it as ``$STACK``; start of the names of pipeline and roles."""
    source: Connection | SourceObject
    """Where revisions come from."""
    check: Sequence[str]
    """Commands that a revision must pass, and that make it a release; none where it is one."""
    preview: Sequence[str]
    """Commands that show what would change."""
    deploy: Sequence[str]
    """Commands that change it."""
    reading: Sequence[str]
    """IAM actions of a preview."""
    writing: Sequence[str]
    """IAM actions of an update beside those."""
    bucket: pulumi.Input[str]
    """Versioned bucket of what stages hand on, and of the release."""
    data_key_arn: pulumi.Input[str]
    """Customer key of that bucket."""
    key_arn: pulumi.Input[str]
    """Customer key of builds, log, queue and topics."""
    alerting: Alerting
    """Whom approvals are asked of, and whom a failure is told."""
    role_name: str
    """Name of the pipeline's role: the upstream account's policies know it."""
    log_group_name: str
    """Log group of the builds."""
    tags: Mapping[str, str]
    """Must hold ``project``, ``environment``, ``owner`` and ``team``."""
    releases: bool = False
    """A delivered revision is put where the next environment takes it."""
    state_bucket: str | None = None
    """Bucket of Pulumi's state; by default it lies elsewhere."""
    compute_type: str = "BUILD_GENERAL1_MEDIUM"
    """CodeBuild compute."""
    timeout_minutes: int = 120
    log_retention_days: int = 365

    def __post_init__(self) -> None:
        for field in ("preview", "deploy"):
            if not getattr(self, field):
                raise ValueError(f"{field} must hold one command or more, got none")
        if isinstance(self.source, Connection) and not self.check:
            raise ValueError("check must hold one command or more for a repository, got none")


class DeliveryPipeline(pulumi.ComponentResource):
    """A CodePipeline: fetch, check, preview, ask a person, deploy, and hand on to the next.

    Preview, approval and deployment are one stage, which one revision at a time is in: what was
    previewed is what the deployment meets. A newer revision overtakes those that wait before it.

    Raises:
        ValueError: a required tag is missing from ``args.tags``.
    """

    pipeline_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: DeliveryPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:DeliveryPipeline", name, {}, opts)
        self._prefix, self._args = name, args
        self._stamped = stamp(args.tags, component=name)
        self._name = f"{args.stack}-delivery"
        self._logs = build_log(
            name,
            args.log_group_name,
            retention_days=args.log_retention_days,
            key_arn=args.key_arn,
            tags=self._stamped,
            parent=self,
        )
        projects = self._projects()
        pipeline = aws.codepipeline.Pipeline(
            f"{name}-pipeline",
            name=self._name,
            pipeline_type="V2",
            execution_mode="SUPERSEDED",
            role_arn=self._role(projects).arn,
            artifact_stores=[
                {
                    "type": "S3",
                    "location": args.bucket,
                    "encryption_key": {"type": "KMS", "id": args.data_key_arn},
                }
            ],
            stages=stages(
                StagePlan(
                    source=args.source,
                    projects=projects,
                    topic_arn=args.alerting.notice[0],
                    asked=f"The preview of {args.stack} shows what would change.",
                    releases_to=args.bucket if args.releases else None,
                    data_key_arn=args.data_key_arn,
                )
            ),
            tags=self._stamped,
            # AWS runs it as soon as it stands: whoever is to hear of a failure stands before.
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._tell_failures()),
        )
        if isinstance(args.source, SourceObject):
            self._start_on(args.source, pipeline)
        self.pipeline_name = pipeline.name
        self.register_outputs({"pipeline_name": self.pipeline_name})

    @property
    def _artifacts(self) -> str:
        """Prefix of what stages hand on: CodePipeline takes the beginning of its name."""
        return f"{self._name[:20]}/"

    def _projects(self) -> dict[str, aws.codebuild.Project]:
        args = self._args
        roles = DeploymentRoles(
            stack=args.stack,
            reading=args.reading,
            writing=args.writing,
            state_bucket=args.state_bucket,
            tags=self._stamped,
            parent=self,
        )
        limit = roles.boundary(f"{self._prefix}-boundary", f"{args.stack}-pipeline-boundary")
        by_codebuild = here().apply(lambda place: trust("codebuild.amazonaws.com", place))
        projects = {}
        if args.check:
            checker = build_role(
                f"{self._prefix}-check",
                "codebuild.amazonaws.com",
                self._artifact_policy(hands_on=True),
                tags=self._stamped,
                parent=self,
            )
            projects["check"] = self._project("check", args.check, checker)
        for kind, commands in (("preview", args.preview), ("deploy", args.deploy)):
            role = roles.role(
                f"{self._prefix}-{kind}",
                role_name=f"{args.stack}-pipeline-{kind}",
                trust=by_codebuild,
                limit=limit,
                writes=kind == "deploy",
            )
            aws.iam.RolePolicy(
                f"{self._prefix}-{kind}-artifacts",
                role=role.name,
                policy=self._artifact_policy(hands_on=False),
                opts=pulumi.ResourceOptions(parent=self),
            )
            projects[kind] = self._project(kind, commands, role)
        return projects

    def _project(
        self, kind: str, commands: Sequence[str], role: aws.iam.Role
    ) -> aws.codebuild.Project:
        args = self._args
        state = {} if args.state_bucket is None else {"PULUMI_BACKEND_URL": args.state_bucket}
        return build_project(
            f"{self._prefix}-{kind}",
            BuildPlan(
                description=f"{kind.capitalize()} of {args.stack}",
                commands=commands,
                source_type="CODEPIPELINE",
                source_location=None,
                variables={"STACK": args.stack, **{k: f"s3://{v}" for k, v in state.items()}},
                compute_type=args.compute_type,
                timeout_minutes=args.timeout_minutes,
                log_group=self._logs,
                key_arn=args.key_arn,
                tags=self._stamped,
                parent=self,
                hands_on=HANDED_ON if kind == "check" else None,
                exports=[BUILD_ID] if kind == "preview" else (),
            ),
            role,
        )

    def _artifact_policy(self, *, hands_on: bool) -> pulumi.Output[str]:
        known = pulumi.Output.all(
            here(),
            self._args.bucket,
            self._args.data_key_arn,
            self._args.key_arn,
            self._logs.name,
        )
        return known.apply(
            lambda each: build_artifacts(
                each[0],
                artifacts=f"{each[1]}/{self._artifacts}",
                hands_on=hands_on,
                data_key_arn=each[2],
                key_arn=each[3],
                log_group=each[4],
            )
        )

    def _role(self, projects: Mapping[str, aws.codebuild.Project]) -> aws.iam.Role:
        args, source = self._args, self._args.source
        in_s3 = source if isinstance(source, SourceObject) else None
        known = pulumi.Output.all(
            place=here(),
            bucket=args.bucket,
            data_key_arn=args.data_key_arn,
            key_arn=args.key_arn,
            topic_arn=args.alerting.notice[0],
            project_arns=pulumi.Output.all(*(project.arn for project in projects.values())),
            source_bucket=in_s3.bucket if in_s3 else None,
            source_key_arn=in_s3.key_arn if in_s3 else None,
        )
        policy = known.apply(
            lambda each: deliver_revisions(
                each["place"],
                DeliveryReach(
                    connection_arn=source.arn if isinstance(source, Connection) else None,
                    source_object=f"{each['source_bucket']}/{in_s3.key}" if in_s3 else None,
                    source_key_arn=each["source_key_arn"],
                    artifacts=f"{each['bucket']}/{self._artifacts}",
                    releases=f"{each['bucket']}/{RELEASE_KEY}" if args.releases else None,
                    data_key_arn=each["data_key_arn"],
                    project_arns=each["project_arns"],
                    topic_arn=each["topic_arn"],
                    key_arn=each["key_arn"],
                ),
            )
        )
        return build_role(
            self._prefix,
            "codepipeline.amazonaws.com",
            policy,
            tags=self._stamped,
            parent=self,
            role_name=args.role_name,
        )

    def _start_on(self, source: SourceObject, pipeline: aws.codepipeline.Pipeline) -> None:
        rule = aws.cloudwatch.EventRule(
            f"{self._prefix}-source",
            description=f"A revision for {self._args.stack} arrived",
            event_pattern=pulumi.Output.from_input(source.bucket).apply(
                lambda bucket: object_created(bucket, source.key)
            ),
            tags=self._stamped,
            opts=pulumi.ResourceOptions(parent=self),
        )
        start_on_rule(
            self._prefix,
            pipeline,
            rule=rule.name,
            key_arn=self._args.key_arn,
            tags=self._stamped,
            parent=self,
            alerting=self._args.alerting,
        )

    def _tell_failures(self) -> list[aws.cloudwatch.EventTarget]:
        alerting = self._args.alerting
        return tell(
            f"{self._prefix}-failed",
            Telling(
                description=f"A revision for {self._args.stack} failed or was rejected",
                pattern=failed(self._name),
                paths={"pipeline": "$.detail.pipeline", "execution": "$.detail.execution-id"},
                text="<pipeline> stopped at execution <execution>;"
                f" runbook: {alerting.runbooks_url}#revision-stopped",
            ),
            alerting.urgent,
            tags=self._stamped,
            parent=self,
        )
