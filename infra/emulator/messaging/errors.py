"""Why something could not be handed to a queue, topic, function or API."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

_THROTTLES = (
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "SlowDown",
    "ServiceUnavailable",
)
_SERVER_ERROR = 500


class DeliveryError(Exception):
    """A delivery that did not succeed: AWS's error code, a sentence, and whether to try again."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable


def from_boto(error: ClientError | BotoCoreError) -> DeliveryError:
    """Translate boto3's error: throttling and server errors are worth another attempt."""
    if not isinstance(error, ClientError):
        return DeliveryError(type(error).__name__, str(error), retryable=True)
    code = error.response["Error"].get("Code", "Unknown")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    retryable = status >= _SERVER_ERROR or code.startswith(_THROTTLES)
    return DeliveryError(code, error.response["Error"].get("Message", ""), retryable=retryable)
