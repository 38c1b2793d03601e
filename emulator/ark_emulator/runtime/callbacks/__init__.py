"""Delivery attempts of callbacks: the queue, and the sender on the network."""
