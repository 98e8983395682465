"""Budgets: what a month may cost, and what is done when it is spent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.model import StructureShape

from infra.graph.model import UNKNOWN
from infra.resources._walk import close_members, member_of, to_aws
from infra.resources.handler import Clients, Created, InputError, Properties
from infra.resources.naming import AutoName
from infra.resources.row import PROVIDER_ONLY, Row, Tagging

_TAGS: Final = Tagging(
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    "ResourceARN",
    tags="ResourceTags",
    listed="ResourceTags",
    keys="ResourceTagKeys",
)
_MADE: Final = {"accountId": "accountId", "arn": "arn"}
"""Budgets tells neither: made by the type, and kept over updates as if it had been told."""
_TAG_CALLS: Final = {_TAGS.add, _TAGS.remove, _TAGS.list}


@dataclass(frozen=True, kw_only=True)
class _OfAccount(Row):
    """Every call but those on tags names the account."""

    service: str = "budgets"
    tagging: Tagging | None = _TAGS

    def requests(self, inputs: Properties) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the creation, whose account only AWS knows."""
        yield self.create_op, {"AccountId": UNKNOWN, **self.parameters(self.create_op, inputs)}

    def call(self, aws: Clients, operation_name: str, parameters: Mapping[str, Any]) -> Any:
        """Call one operation, in the clients' account."""
        account = {} if operation_name in _TAG_CALLS else {"AccountId": aws.account_id}
        if operation_name == "UpdateBudget":  # which names the budget inside
            parameters = {key: value for key, value in parameters.items() if key != "BudgetName"}
        return super().call(aws, operation_name, {**account, **parameters})

    def after_create(self, aws: Clients, created: Created, inputs: Properties) -> None:
        """Do nothing: creation tags."""


class _Budget(_OfAccount):
    """``aws:budgets/budget:Budget``; its id is ``account:name``."""

    def parameters(self, operation_name: str, inputs: Properties) -> dict[str, Any]:
        """Return the budget as AWS nests it, with notifications and tags when it is made."""
        hidden = {"limitAmount", "limitUnit", "name", "notifications", "tags", "costFilters"}
        plain = {key: value for key, value in inputs.items() if key not in hidden}
        member = "Budget" if operation_name == "CreateBudget" else "NewBudget"
        budget = to_aws(self._nested(operation_name, member), plain, self.renames)
        budget["BudgetName"] = inputs["name"]
        if "limitAmount" in inputs:
            limit = {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]}
            budget["BudgetLimit"] = limit
        if filters := inputs.get("costFilters"):
            budget["CostFilters"] = {one["name"]: list(one["values"]) for one in filters}
        if operation_name != "CreateBudget":
            return {member: budget}
        return {
            member: budget,
            "NotificationsWithSubscribers": [
                {"Notification": notification, "Subscribers": subscribers}
                for notification, subscribers in _notifications(inputs)
            ],
            "ResourceTags": [
                {"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()
            ],
        }

    def created(self, inputs: Properties, answer: Mapping[str, Any]) -> Created:  # noqa: ARG002 - it answers nothing
        """Return what is known without the account."""
        return Created(id=str(inputs["name"]), outputs={**inputs, "tagsAll": inputs.get("tags")})

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it, known by account and name."""
        self.call(aws, self.create_op, self.parameters(self.create_op, inputs))
        named = f"{aws.account_id}:{inputs['name']}"
        return self.read(aws, named, inputs) or Created(id=named, outputs=dict(inputs))

    def check_names(self, inputs: Properties) -> None:
        """Refuse what a budget has no member for, nested as it is."""
        shape = self._nested("UpdateBudget", "NewBudget")
        own = {"limitAmount", "limitUnit", "name", "notifications", "costFilters", "tags"}
        nested = {key: value for key, value in inputs.items() if key not in own | PROVIDER_ONLY}
        for key in nested:
            if member_of(shape, key) is None:
                raise InputError(f"{key} is no property{close_members(key, shape)}")
        for key in self.required:
            if key not in inputs:
                raise InputError(f"{key} must be given")

    def described(self, aws: Clients, outputs: Properties) -> Mapping[str, Any] | None:
        """Return the budget."""
        answer = self.call(aws, "DescribeBudget", {"BudgetName": outputs["name"]})
        held: Mapping[str, Any] = answer["Budget"]
        return held

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add account, ARN and limit."""
        partition = aws("budgets").meta.partition
        outputs["accountId"] = aws.account_id
        outputs["arn"] = f"arn:{partition}:budgets::{aws.account_id}:budget/{held['BudgetName']}"
        if "limitAmount" in outputs:
            limit = held["BudgetLimit"]
            same = float(limit["Amount"]) == float(outputs["limitAmount"])
            outputs["limitAmount"] = outputs["limitAmount"] if same else limit["Amount"]
        return super().finish(aws, outputs, held)

    def update(self, aws: Clients, resource_id: str, old: Properties, new: Properties) -> Created:
        """Change the budget, then who is told of what."""
        if old.get("notifications") != new.get("notifications"):
            name = {"BudgetName": old["name"]}
            for notification, _ in _notifications(old):
                self.call(aws, "DeleteNotification", {**name, "Notification": notification})
            for notification, subscribers in _notifications(new):
                told = {"Notification": notification, "Subscribers": subscribers}
                self.call(aws, "CreateNotification", {**name, **told})
        return super().update(aws, resource_id, old, new)

    def _nested(self, operation_name: str, member: str) -> StructureShape:
        shape: Any = self.shape(operation_name).members[member]
        return shape  # type: ignore[no-any-return]  # botocore leaves its shapes untyped

    def _readable(self, outputs: Properties) -> dict[str, Any]:
        hidden = {"notifications", "costFilters", "limitAmount", "limitUnit", "name"}
        readable = super()._readable(outputs)
        return {key: value for key, value in readable.items() if key not in hidden}


class _Action(_OfAccount):
    """``aws:budgets/budgetAction:BudgetAction``; its id is ``account:action:budget``."""

    def create(self, aws: Clients, inputs: Properties) -> Created:
        """Create it, known by account, action and budget."""
        answer = self.call(aws, self.create_op, self.parameters(self.create_op, inputs))
        named = f"{aws.account_id}:{answer['ActionId']}:{inputs['budgetName']}"
        outputs = {**inputs, "actionId": answer["ActionId"]}
        return self.read(aws, named, outputs) or Created(id=named, outputs=outputs)

    def finish(
        self, aws: Clients, outputs: dict[str, Any], held: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Add account and ARN."""
        partition, account = aws("budgets").meta.partition, aws.account_id
        place = f"budget/{outputs['budgetName']}/action/{held['ActionId']}"
        outputs |= {"accountId": account, "arn": f"arn:{partition}:budgets::{account}:{place}"}
        return super().finish(aws, outputs, held)


def _notifications(
    inputs: Properties,
) -> Iterator[tuple[dict[str, Any], list[dict[str, str]]]]:
    """Yield each notification with its subscribers, as AWS takes them."""
    for one in inputs.get("notifications") or ():
        notification = {
            "NotificationType": one["notificationType"],
            "ComparisonOperator": one["comparisonOperator"],
            "Threshold": one["threshold"],
            "ThresholdType": one["thresholdType"],
        }
        topics = [("SNS", arn) for arn in one.get("subscriberSnsTopicArns") or ()]
        mails = [("EMAIL", mail) for mail in one.get("subscriberEmailAddresses") or ()]
        yield (
            notification,
            [{"SubscriptionType": kind, "Address": address} for kind, address in topics + mails],
        )


TYPES: Final = (
    _Budget(
        token="aws:budgets/budget:Budget",
        source="internal/service/budgets/budget.go",
        create_op="CreateBudget",
        read_op="DescribeBudget",
        read_path="Budget",
        update_op="UpdateBudget",
        delete_op="DeleteBudget",
        key={"BudgetName": "name"},
        id="name",
        autoname=AutoName("name", 100),
        computed=_MADE,
        extra=frozenset({"limitAmount", "limitUnit", "name", "notifications", "costFilters"}),
        required=("budgetType", "timeUnit"),
        replace_on=frozenset({"name"}),
    ),
    _Action(
        token="aws:budgets/budgetAction:BudgetAction",
        source="internal/service/budgets/budget_action.go",
        create_op="CreateBudgetAction",
        read_op="DescribeBudgetAction",
        read_path="Action",
        update_op="UpdateBudgetAction",
        delete_op="DeleteBudgetAction",
        key={"BudgetName": "budgetName", "ActionId": "actionId"},
        id="actionId",
        computed={"actionId": "ActionId", "status": "Status", **_MADE},
        renames={
            "tags": "ResourceTags",
            "subscribers.address": "Address",
            "definition.iamActionDefinition.policyArn": "PolicyArn",
        },
        required=(
            "actionThreshold",
            "actionType",
            "approvalModel",
            "budgetName",
            "definition",
            "executionRoleArn",
            "notificationType",
            "subscribers",
        ),
        replace_on=frozenset({"accountId", "actionType", "budgetName"}),
    ),
)
