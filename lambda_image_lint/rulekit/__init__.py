"""What rules share: questions asked of Dockerfiles and functions more than once, and edits made more than once."""
