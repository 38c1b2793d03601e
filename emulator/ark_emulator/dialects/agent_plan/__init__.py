"""The Agent Plan of Volcengine: Ark's API with the plan's model names.

Only the mapping of model names differs from Ark, so the package has a `dialect` module alone.
"""
