"""Two topics that nobody hears of yet."""

import pulumi

from components.alert_routes import AlertRoutes, AlertRoutesArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs

TAGS = {"project": "planes", "environment": "dev", "owner": "planes@example.com", "team": "planes"}

key = EncryptionKey(
    "operations",
    EncryptionKeyArgs(description="Topics", services=("cloudwatch", "budgets"), tags=TAGS),
)

routes = AlertRoutes("alerts", AlertRoutesArgs(key_arn=key.arn, tags=TAGS))
pulumi.export("urgent", routes.urgent_arn)
