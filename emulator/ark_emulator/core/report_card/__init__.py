"""The report card: rules over what a client did."""
