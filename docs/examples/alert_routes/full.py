"""A pager for what cannot wait, mail for the rest, and what components are given."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs, Destination
from components.alerting import Alerting
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(description="Topics", services=("cloudwatch", "budgets"), tags=TAGS),
)

routes = AlertRoutes(
    "alerts",
    AlertRoutesArgs(
        urgent=[Destination(protocol="https", endpoint="https://events.pager.example/planes")],
        notice=[
            Destination(protocol="email", endpoint="planes@example.com"),
            Destination(protocol="sqs", endpoint="arn:aws:sqs:us-east-1:123456789012:tickets"),
        ],
        key_arn=key.arn,
        tags=TAGS,
    ),
)
alerting = Alerting(
    name_prefix="planes-dev",
    urgent=[routes.urgent_arn],
    notice=[routes.notice_arn],
    runbooks_url="https://example.com/runbooks",
)
pulumi.export("urgent", routes.urgent_arn)
pulumi.export("notice", routes.notice_arn)
