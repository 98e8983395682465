"""Price lists as AWS publishes them, with columns and rows of its format, and who serves them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

HEADER = (
    *("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate"),
    *("StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency", "Product Family"),
    *("serviceCode", "Location", "Location Type", "Instance Type", "usageType", "operation"),
    *("Component", "Instance Name", "Region Code", "serviceName"),
)
DISCLAIMER = (
    "This pricing list is for informational purposes only. All prices are subject to the"
    " additional terms included in the pricing pages on http://aws.amazon.com."
)


def row(usage: str, usd: str, **other: str) -> dict[str, str]:
    kept = {
        "SKU": "25TC687A4JSSSY7E",
        "OfferTermCode": "JRTCKXETXF",
        "RateCode": "25TC687A4JSSSY7E.JRTCKXETXF.6YS6EN2CT7",
        "TermType": "OnDemand",
        "PriceDescription": f"${usd} per hour, of {usage}",
        "EffectiveDate": "2026-09-01",
        "StartingRange": "0",
        "EndingRange": "Inf",
        "Unit": "Hrs",
        "PricePerUnit": usd,
        "Currency": "USD",
        "Location": "US East (N. Virginia)",
        "Location Type": "AWS Region",
        "usageType": usage,
        "Region Code": "us-east-1",
    }
    return {**kept, **other}


def listed(offer: str, rows: list[dict[str, str]], **about: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    told = {
        "FormatVersion": "v1.0",
        "Disclaimer": DISCLAIMER,
        "Publication Date": "2026-09-25T00:03:13Z",
        "Version": "20260925000313",
        "OfferCode": offer,
        **about,
    }
    writer.writerows(told.items())
    writer.writerow(HEADER)
    writer.writerows([one.get(name, "") for name in HEADER] for one in rows)
    return text.getvalue().encode()


SAGEMAKER = listed(
    "AmazonSageMaker",
    [
        row("USE1-Host:ml.m5.large", "0.1150000000"),
        row("USE1-Host:ml.g5.xlarge", "1.4080000000"),
        row("USE1-Train:ml.m5.2xlarge", "0.4610000000"),
        row("USE1-Processing:ml.m5.xlarge", "0.2300000000"),
        row("USE1-Tsform:ml.m5.large", "0.1150000000"),
        row("USE1-Host:ml.t2.medium", "0.0000000000"),
        row("USE1-Host:ml.m5.xlarge", "0.2300000000", TermType="Reserved"),
        row("USE1-Host:ml.c5.large", "0.10", Currency="CNY"),
        row("USE1-Host:ml.c5.large", "0.2", Unit="GB-Mo"),
        row("USE1-Studio:JupyterLab-ml.t3.medium", "0.05"),
        row("USE1-Host:ml.r5.large", "0.15"),
        row("USE1-Host:ml.r5.large", "0.16"),
        row("USE1-Host:ml.c5.xlarge", "free"),
    ],
)
VPC = listed(
    "AmazonVPC",
    [
        row("USE1-VpcEndpoint-Hours", "0.0100000000"),
        row("USE1-VpcEndpoint-Bytes", "0.01", Unit="GB"),
    ],
)
KINESIS = listed(
    "AmazonKinesis",
    [
        row("Storage-ShardHour", "0.0150000000", Unit="ShardHour"),
        row("Extended-ShardHour", "0.02", Unit="ShardHour"),
    ],
)


def paths(region: str = "us-east-1", **other: bytes) -> dict[str, bytes]:
    lists = {"AmazonSageMaker": SAGEMAKER, "AmazonVPC": VPC, "AmazonKinesis": KINESIS, **other}
    return {
        f"/offers/v1.0/aws/{offer}/current/{region}/index.csv": body
        for offer, body in lists.items()
    }


@contextmanager
def served(bodies: Mapping[str, bytes], *, refusal: int = 404) -> Iterator[str]:
    """Serve these on the loopback, anything else with a refusal; the base's URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.get(self.path)
            self.send_response(200 if body is not None else refusal)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
