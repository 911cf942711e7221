"""The edge: where the race ends, beyond the playground's network, loss and optimiser."""
