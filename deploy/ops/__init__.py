"""The operator's command `kp-ops`: topics, dead letters, parked aggregates, rebuilding, and the doctor."""
