"""What becomes of a task: outcomes, the plan that is drawn once, the size of the frame."""
