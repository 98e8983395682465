"""How the gate is set up wherever it is tested."""

SETTINGS = {
    "STACK": "flights-sandbox",
    "USE_CASE": "flights",
    "TRAINING_PIPELINE": "training",
    "MODEL_PACKAGE_GROUP": "flights",
    "DECISIONS_TABLE": "decisions",
    "RAW_BUCKET": "raw-data",
    "LABELS_PREFIX": "labels/flights/",
    "DATA_QUALITY_ALARM": "data-quality",
    "COOL_DOWN_HOURS": "72",
    "BUDGET_RETRAININGS": "4",
    "BUDGET_WINDOW_DAYS": "90",
    "MIN_NEW_LABELS": "3",
    "RETRAIN_ON_NEW_DATA": "false",
}
