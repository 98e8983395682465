"""Step code of the flights pipelines, unchanged in SageMaker's scikit-learn and XGBoost images.

Those hold Python 3.10 or later, pandas 2.2, pyarrow and boto3. Each step is a module with
``main(argv)``; "now" reaches it by argument, never from the wall clock.
"""
