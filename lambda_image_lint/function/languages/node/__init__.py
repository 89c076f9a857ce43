"""JavaScript, as `aws-lambda-ric` and Node's module loaders see it."""
