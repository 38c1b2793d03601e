"""What all commands share: flags, formatting and output."""
