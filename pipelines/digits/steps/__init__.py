"""Step code of the digits pipelines, unchanged in SageMaker's scikit-learn and PyTorch images.

Those hold Python 3.10 or later, pandas 2.2, pyarrow and boto3; torch is imported by ``train`` and
``inference`` alone. Each step is a module with ``main(argv)``; "now" reaches it by argument.
"""
