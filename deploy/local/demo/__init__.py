"""`make demo`: the platform from nothing to a full trade, told as a story whose every number was measured."""
