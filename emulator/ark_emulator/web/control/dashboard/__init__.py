"""What the dashboard needs: its page and files, overview, forms, samples and demo traffic."""
