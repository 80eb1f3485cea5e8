# The menu. `just` lists it; every line is an ordinary command.

# Scan the example service
example:
    cargo xtask example

# Everything that must hold before a change lands
ci:
    .ci/run

test:
    cargo test --workspace

lint:
    cargo clippy --workspace --all-targets -- -D warnings

# House rules: layers, registries, module docs
tidy:
    cargo xtask tidy

# Speed and memory, beside a peer when one is on the PATH
bench:
    cargo xtask bench

# Rewrite docs/schema from the types
schema:
    cargo xtask schema
