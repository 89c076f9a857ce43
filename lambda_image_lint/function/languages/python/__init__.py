"""Python, as `awslambdaric` and CPython's import system see it."""
