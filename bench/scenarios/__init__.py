"""One file per scenario, each with `measure(bench)`, which yields its figures as they are known."""
