"""Scenarios, outcomes and faults built from documents."""
