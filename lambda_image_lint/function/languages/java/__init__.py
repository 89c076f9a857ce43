"""Java, as the runtime interface client and its class loader see it."""
