"""The wire of new-api gateways: one adapter and a table of traits."""
