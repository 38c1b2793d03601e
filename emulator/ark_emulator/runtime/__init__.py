"""What makes the pure core live: worlds with clocks, the engine that serves them, the pulse that moves them."""
