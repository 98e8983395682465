"""The one schema that the settings of every stack must satisfy: plain values, no Pulumi."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from stacks._regions import check_regions
from stacks._serving_rules import check_prod
from stacks._short_lived import check_short_lived
from stacks.deployment import Deployment
from stacks.kubernetes import Kubernetes, check_cluster
from stacks.metadata import Tracking
from stacks.names import Instance, StackName
from stacks.network import Network
from stacks.operations import Operations
from stacks.orchestrators import Orchestrators
from stacks.people import People
from stacks.policy import Policy
from stacks.promotion import AccountId, Promotion
from stacks.settings import Settings, at
from stacks.use_case import UseCase

Environment = Literal["sandbox", "dev", "staging", "prod"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,19}$")]
"""Lower-case letters and digits, 2-20: it becomes part of names that AWS limits to 63."""
LogRetention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip
ImageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$")]


class StackConfig(Settings):
    """Everything that differs between teams and environments."""

    team: Name
    """Owner of the stack, first part of its name; set by the name itself."""
    environment: Environment
    """Second part of the stack's name; set by the name itself."""
    instance: Instance | None = None
    """Third part, of a short-lived stack alone; set by the name itself."""
    expires: date | None = None
    """Day after which a short-lived stack is taken down; becomes the tag ``expires``."""
    owner: Annotated[str, Field(min_length=1)]
    """Who answers for the stack: a mail address or a team's name; becomes the tag ``owner``."""
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    """AWS region; must equal ``aws:region`` of the stack file, which Pulumi's provider reads."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Further tags of every resource, beside project, environment, owner, team and use_case."""
    deletion_protection: bool = True
    """Pulumi and DynamoDB refuse to delete what holds data; must be true in prod."""
    force_destroy: bool = False
    """Buckets are emptied, all versions included, when the stack goes; never in prod."""
    network: Network = Network()
    """Where jobs, endpoint and functions run."""
    people: People = People()
    """Who works on the stack, and what they may do by hand."""
    operations: Operations = Operations()
    """Who hears of alarms, and what a month may cost."""
    policy: Policy = Policy()
    """Which rules count how much, and what is waived by whom until when."""
    accounts: dict[Environment, AccountId] = Field(default_factory=dict)
    """AWS account of each environment; one that is left out lies in this stack's own."""
    promotion: Promotion = Promotion()
    """Which environments' approved versions come here, and go on from here."""
    deployment: Deployment = Deployment()
    """Who changes the stack, and from where."""
    noncurrent_retention_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days for which replaced and deleted objects can be brought back (1-3650)."""
    capture_retention_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days for which captured traffic is kept (1-3650); drift is measured on it before."""
    log_retention_days: LogRetention = 365
    """Days for which CloudWatch keeps logs; one of CloudWatch's own steps."""
    images: tuple[ImageName, ...] = ()
    """Images of the team's own, a repository each: ``<stack>/<image>``; none where empty."""
    image_reader_accounts: tuple[AccountId, ...] = ()
    """Other accounts that pull these images, those that a digest is promoted to."""
    audit_trail: bool = False
    """Record who reads and writes the stack's objects, and every change in the account."""
    tracking: Tracking | None = None
    """Managed MLflow for the stack's use cases; null declares none."""
    orchestrators: Orchestrators = Orchestrators()
    """What starts the pipelines from outside: Airflow, Kubeflow Pipelines."""
    kubernetes: Kubernetes | None = None
    """The team's part of a Kubernetes cluster; null declares none."""
    use_cases: dict[Name, UseCase] = Field(min_length=1)
    """By name, a folder of ``pipelines/``."""

    @field_validator("deletion_protection")
    @classmethod
    def _prod_is_protected(cls, deletion_protection: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        if info.data.get("environment") == "prod" and not deletion_protection:
            raise at("", "must be true in prod", deletion_protection)
        return deletion_protection

    @field_validator("force_destroy")
    @classmethod
    def _prod_keeps_its_data(cls, force_destroy: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        if info.data.get("environment") == "prod" and force_destroy:
            raise at("", "must be false in prod", force_destroy)
        return force_destroy

    @field_validator("people")
    @classmethod
    def _prod_is_changed_by_nobodys_hand(cls, people: People, info: ValidationInfo) -> People:
        for key in ("experiments", "raw_data_by_hand"):
            if info.data.get("environment") == "prod" and getattr(people, key):
                raise at(key, "must be false in prod", True)  # noqa: FBT003 - the value got
        return people

    @field_validator("use_cases")
    @classmethod
    def _prod_survives_the_loss_of_an_instance(
        cls, use_cases: dict[str, UseCase], info: ValidationInfo
    ) -> dict[str, UseCase]:
        if info.data.get("environment") == "prod":
            for name, use_case in use_cases.items():
                check_prod(use_case.serving, f"{name}.serving.")
        return use_cases

    @model_validator(mode="after")
    def _what_has_no_network_is_not_in_one(self) -> Self:
        for name, use_case in self.use_cases.items():
            if use_case.serving.mode == "serverless" and self.network.subnet_count:
                raise at(
                    f"use_cases.{name}.serving.mode",
                    "must not be serverless in a network, which SageMaker lets it not join",
                    "serverless",
                    beside=("network",),
                )
        return self

    @model_validator(mode="after")
    def _studio_is_within_a_network(self) -> Self:
        if self.people.members and not (
            self.network.subnet_count and (self.network.vpc or self.network.vpc_id)
        ):
            raise at(
                "people.members",
                "must be empty without a network: its vpc, or its subnet_ids and vpc_id",
                dict(self.people.members),
                beside=("network",),
            )
        return self

    @model_validator(mode="after")
    def _what_is_protected_is_not_emptied(self) -> Self:
        if self.deletion_protection and self.force_destroy:
            raise at(
                "force_destroy",
                "must be false with deletion_protection true",
                self.force_destroy,
                beside=("deletion_protection",),
            )
        return self

    @field_validator("network")
    @classmethod
    def _zones_are_of_the_region(cls, network: Network, info: ValidationInfo) -> Network:
        region = info.data.get("region", "")
        for zone in () if network.vpc is None else network.vpc.zones:
            if zone[:-1] != region:
                raise at("vpc.zones", f"must be zones of {region}", zone)
        return network

    @field_validator("images")
    @classmethod
    def _an_image_has_one_repository(cls, images: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(images)) != len(images):
            raise at("", "must differ from one another", images)
        return images

    @model_validator(mode="after")
    def _only_the_emulator_builds_without_source(self) -> Self:
        for name, use_case in self.use_cases.items():
            if self.environment != "sandbox" and use_case.delivery.source.type == "none":
                raise at(
                    f"use_cases.{name}.delivery.source.type",
                    "must name a repository outside sandbox",
                    "none",
                )
        return self

    @model_validator(mode="after")
    def _the_region_has_their_accelerators(self) -> Self:
        check_regions(self)
        return self

    @model_validator(mode="after")
    def _versions_go_one_way(self) -> Self:
        for key in ("upstream", "downstream"):
            if getattr(self.promotion, key) == self.environment:
                raise at(f"promotion.{key}", "must be another environment", self.environment)
        if self.promotion.upstream and self.promotion.upstream == self.promotion.downstream:
            raise at(
                "promotion.upstream",
                "must not be the environment that it goes on to",
                self.promotion.upstream,
                beside=("promotion.downstream",),
            )
        return self

    @model_validator(mode="after")
    def _what_comes_from_upstream_has_one(self) -> Self:
        pipeline = self.deployment.pipeline
        if pipeline and pipeline.source.type == "upstream" and self.promotion.upstream is None:
            raise at(
                "deployment.pipeline.source.type",
                "must not be upstream where promotion.upstream names none",
                "upstream",
                beside=("promotion",),
            )
        return self

    @model_validator(mode="after")
    def _prod_has_no_stacks_for_a_while(self) -> Self:
        outside = self.deployment.outside
        if self.environment == "prod" and outside is not None and outside.short_lived:
            key = "github" if self.deployment.github else "gitlab"
            raise at(f"deployment.{key}.short_lived", "must be off in prod", outside.short_lived)
        return self

    @model_validator(mode="after")
    def _the_cluster_holds_what_runs_there(self) -> Self:
        check_cluster(self)
        return self

    @model_validator(mode="after")
    def _what_is_short_lived_goes(self) -> Self:
        check_short_lived(self)
        return self

    @property
    def name(self) -> StackName:
        """The parts of the stack's name."""
        return StackName(team=self.team, environment=self.environment, instance=self.instance)

    @property
    def stack(self) -> str:
        """Name of the stack: ``<team>-<environment>``, and ``-<instance>`` where it has one."""
        return str(self.name)
