"""The shell inside RUN."""
