"""One set of rules, run over a stack's resource graph and as a Pulumi policy pack.

What a rule needs (``model``, ``ask``, ``documents``, ``rules``, ``findings``, ``settings``)
imports nothing but the standard library: the pack runs it in an environment of its own,
``.venv-policy``.
"""
