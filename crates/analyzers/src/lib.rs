//! Files to facts: distributions, packages, users, secrets, keys, server settings.
