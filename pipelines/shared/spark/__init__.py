"""Plain pandas on a Spark cluster: tables cut by rows, rows that belong together brought together.

Needs PySpark and pandas, no Arrow: SageMaker's Spark image has none.
"""
