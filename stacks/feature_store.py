"""How a use case's feature groups are kept."""

from __future__ import annotations

from typing import Literal

from stacks.settings import Settings


class FeatureStorage(Settings):
    """The offline store of the feature groups."""

    offline_table: Literal["none", "glue", "iceberg"] = "none"
    """``glue`` registers the Parquet files as a table, ``iceberg`` keeps them as an Iceberg table,
    ``none`` leaves them files. A group keeps what it was made with. Not emulated: ``iceberg``."""
