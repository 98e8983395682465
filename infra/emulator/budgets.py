"""What moto's budgets lack: updates, actions and tags. Nothing costs here, so none ever acts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import budgets_backends
from moto.budgets.responses import BudgetsResponse

from infra.emulator.context import Context
from infra.emulator.patches import replace

Json = dict[str, Any]
_ACTION = (
    "NotificationType",
    "ActionType",
    "ActionThreshold",
    "Definition",
    "ExecutionRoleArn",
    "ApprovalModel",
    "Subscribers",
)


class Budgets:
    """Actions and tags of one emulator's budgets."""

    def __init__(self) -> None:
        self._actions: dict[tuple[str, str], Json] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def operations(self) -> dict[str, Callable[[Json, str], Json]]:
        """Return each operation by moto's name of it: request and account to answer."""
        return {
            "update_budget": self.update_budget,
            "create_budget_action": self.create_action,
            "describe_budget_action": self.describe_action,
            "update_budget_action": self.update_action,
            "delete_budget_action": self.delete_action,
            "tag_resource": self.tag,
            "untag_resource": self.untag,
            "list_tags_for_resource": self.list_tags,
        }

    def created(self, request: Json, account: str) -> None:
        """Keep the tags that a new budget was given."""
        self._keep(f"arn:aws:budgets::{account}:budget/{request['Budget']['BudgetName']}", request)

    def update_budget(self, request: Json, account: str) -> Json:
        """Replace what a budget says; who is told stays."""
        new = request["NewBudget"]
        held = budgets_backends[account]["aws"].budgets[account].get(new["BudgetName"])
        if held is None:
            raise NotFoundException(f"Unable to find budget: {new['BudgetName']}")
        held.budget = {**{k: held.budget[k] for k in ("TimePeriod", "LastUpdatedTime")}, **new}
        return {}

    def create_action(self, request: Json, account: str) -> Json:
        """Keep an action, waiting for a threshold that nothing here reaches."""
        budget, action_id = request["BudgetName"], str(uuid.uuid4())
        budgets_backends[account]["aws"].describe_budget(account, budget)
        self._actions[budget, action_id] = {
            "ActionId": action_id,
            "BudgetName": budget,
            "Status": "STANDBY",
            **{key: request[key] for key in _ACTION},
        }
        self._keep(f"arn:aws:budgets::{account}:budget/{budget}/action/{action_id}", request)
        return {"AccountId": account, "BudgetName": budget, "ActionId": action_id}

    def describe_action(self, request: Json, account: str) -> Json:
        """Return an action."""
        return {
            "AccountId": account,
            "BudgetName": request["BudgetName"],
            "Action": self._action(request),
        }

    def update_action(self, request: Json, account: str) -> Json:
        """Change what is given of an action."""
        action = self._action(request)
        before = dict(action)
        action.update({key: request[key] for key in _ACTION if key in request})
        told = {"AccountId": account, "BudgetName": request["BudgetName"]}
        return {**told, "OldAction": before, "NewAction": action}

    def delete_action(self, request: Json, account: str) -> Json:
        """Delete an action."""
        action = self._action(request)
        del self._actions[request["BudgetName"], request["ActionId"]]
        return {"AccountId": account, "BudgetName": request["BudgetName"], "Action": action}

    def tag(self, request: Json, account: str) -> Json:  # noqa: ARG002 - one signature for all
        """Add tags."""
        self._keep(request["ResourceARN"], request)
        return {}

    def untag(self, request: Json, account: str) -> Json:  # noqa: ARG002 - one signature for all
        """Remove tags."""
        for key in request["ResourceTagKeys"]:
            self._tags.get(request["ResourceARN"], {}).pop(key, None)
        return {}

    def list_tags(self, request: Json, account: str) -> Json:  # noqa: ARG002 - one signature for all
        """Return the tags."""
        held = self._tags.get(request["ResourceARN"], {})
        return {"ResourceTags": [{"Key": key, "Value": value} for key, value in held.items()]}

    def _action(self, request: Json) -> Json:
        action = self._actions.get((request["BudgetName"], request["ActionId"]))
        if action is None:
            raise NotFoundException(f"Unable to find action: {request['ActionId']}")
        return action

    def _keep(self, arn: str, request: Json) -> None:
        given = {tag["Key"]: tag["Value"] for tag in request.get("ResourceTags") or ()}
        self._tags.setdefault(arn, {}).update(given)


def install(context: Context) -> None:
    """Add the operations to moto's budgets."""
    budgets = Budgets()
    create = BudgetsResponse.create_budget

    def create_budget(response: BudgetsResponse) -> str:
        answer = create(response)
        budgets.created(json.loads(response.body), response.current_account)
        return answer

    replace(context, BudgetsResponse, "create_budget", create_budget)
    for name, answer in budgets.operations().items():
        replace(context, BudgetsResponse, name, _method(answer))


def _method(answer: Callable[[Json, str], Json]) -> Callable[[BudgetsResponse], str]:
    def method(response: BudgetsResponse) -> str:
        return json.dumps(answer(json.loads(response.body), response.current_account))

    return method
