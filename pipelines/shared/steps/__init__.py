"""What the steps of any use case share, unchanged in SageMaker's scikit-learn and XGBoost images.

Those hold Python 3.10 or later, pandas 2.2, pyarrow and boto3. "Now" reaches a step by argument,
never from the wall clock. What a use case differs in, it hands over: names of its columns, and how
its requests, answers and labels are read.
"""
